// The programs that are measured, each in a throwaway network namespace: a host without rules.
import { spawnSync } from 'node:child_process';

export const natmap = new URL('../dist/natmap.js', import.meta.url).pathname;

let made = 0;

// Ctrl-C ends the program that is being measured, and that ends us by way of every `finally`.
process.on('SIGINT', () => undefined);

/** Gives `work` a namespace that ends with it; `folder` keeps what natmap keeps of its applies. */
export function inNamespace(folder, work) {
  const name = `natmap-bench-${process.pid}-${made++}`;
  // Legacy's lock is one file for all namespaces; with one of our own nobody else is waited for.
  const env = { XTABLES_LOCKFILE: `${folder}/xtables.lock`, NATMAP_STATE_DIR: `${folder}/${name}` };
  run('ip', ['netns', 'add', name]);
  try {
    return work((program, args, input) =>
      run('nsenter', [`--net=/run/netns/${name}`, '--', program, ...args], { input, env }),
    );
  } finally {
    run('ip', ['netns', 'del', name]);
  }
}

/** Runs a program that has to succeed, and gives back what it printed. */
export function run(program, args, { input, env } = {}) {
  const options = { input, env: { ...process.env, ...env }, encoding: 'utf8', maxBuffer: 1e9 };
  const { status, stdout, stderr, error } = spawnSync(program, args, options);
  if (status !== 0) throw error ?? new Error(`${program} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** The programs of one variant of iptables, called by `run`. */
export function programs(run, variant) {
  const call = (...args) => run(process.execPath, [natmap, ...args]);
  const options = ['--backend', variant, '--family', 'ipv4', '-q'];
  const restore = `iptables-${variant}-restore`;
  return {
    apply: (rules) => call('apply', '--rules', rules, ...options),
    flush: () => call('flush', ...options),
    restore: (payload) => run(restore, ['--noflush', '-w'], payload),
    /** By itself, ferm calls the legacy tools wherever they are installed. */
    ferm: (file) =>
      variant === 'legacy'
        ? run('ferm', [file])
        : run('sh', ['-c', `ferm --noexec --lines ${file} | ${restore}`]),
    shell: (script) => run('sh', ['-s'], script),
    countRules: () => run(`iptables-${variant}-save`, []).match(/^-A /gm)?.length ?? 0,
  };
}
