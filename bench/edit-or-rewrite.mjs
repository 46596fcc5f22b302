// When is a chain changed faster by edits than by a rewrite? As root: node bench/edit-or-rewrite.mjs
// What natmap makes of the answer is in src/plan/owned-chain.ts.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { medians, time } from './measure.mjs';
import { inNamespace } from './programs.mjs';

const tools = ['nft', 'legacy'].flatMap((variant) =>
  ['iptables', 'ip6tables'].map((program) => `${program}-${variant}`),
);
const sizes = [
  { length: 1000, rounds: 9 },
  { length: 10_000, rounds: 3 },
  { length: 40_000, rounds: 1 },
];
const shares = [0.01, 0.05, 0.1, 0.25, 0.5];

const folder = mkdtempSync(join(tmpdir(), 'natmap-bench-'));
try {
  const heads = shares.map((share) => `${share * 100} %`);
  console.log(`| rules, of which replaced | ${heads.join(' | ')} |`);
  console.log(`| --- |${' ---: |'.repeat(shares.length)}`);
  for (const tool of tools) {
    for (const { length, rounds } of sizes) {
      const cells = shares.map((share) => {
        const { edit, rewrite } = medians(rounds, () => round(tool, length, share));
        return `${edit.toFixed(0)} / ${rewrite.toFixed(0)} = ${(edit / rewrite).toFixed(1)}`;
      });
      console.log(`| ${tool}, ${length.toLocaleString('en')} | ${cells.join(' | ')} |`);
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** Milliseconds of both ways to replace that share of the rules, spread over the chain. */
function round(tool, length, share) {
  const count = Math.max(1, Math.round(length * share));
  const places = Array.from({ length: count }, (_, nth) => Math.floor((nth * length) / count));
  const isReplaced = new Set(places);
  const rule = (index, target) => ruleOf(tool, index, target);
  const edit = [
    ...places.toReversed().map((index) => `-D NATMAP ${index + 1}`),
    ...places.map((index) => `-I NATMAP ${index + 1} ${rule(index, 9)}`),
  ];
  const rewrite = Array.from({ length }, (_, index) =>
    isReplaced.has(index) ? `-A NATMAP ${rule(index, 9)}` : `[5:300] -A NATMAP ${rule(index, 8)}`,
  );
  return {
    edit: timeOf(tool, length, edit),
    rewrite: timeOf(tool, length, [':NATMAP - [0:0]', ...rewrite]),
  };
}

/** Milliseconds that iptables-restore takes for the lines on a chain of so many rules. */
function timeOf(tool, length, lines) {
  const live = Array.from({ length }, (_, index) => `[5:300] -A NATMAP ${ruleOf(tool, index, 8)}`);
  return inNamespace(folder, (run) => {
    const restore = (payload) =>
      run(
        `${tool}-restore`,
        ['--noflush', '--counters', '-w'],
        `*nat\n${payload.join('\n')}\nCOMMIT\n`,
      );
    restore([':NATMAP - [0:0]', ...live]);
    return time(() => restore(lines));
  });
}

function ruleOf(tool, index, target) {
  const isIpv6 = tool.startsWith('ip6');
  const outside = isIpv6 ? '2001:db8::1/128' : '203.0.113.1/32';
  const [high, low] = [index >> 8, index & 255];
  const inside = isIpv6 ? `[fd00::${high}:${low}:${target}]:80` : `10.${high}.${low}.${target}:80`;
  const comment = `-m comment --comment "natmap:docker:c${index}:80/tcp"`;
  return `-d ${outside} -p tcp -m tcp --dport ${1000 + index} ${comment} -j DNAT --to-destination ${inside}`;
}
