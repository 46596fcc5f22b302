// What natmap takes by itself: to start and compile the example, and to compile many mappings.
import { medians, time } from './measure.mjs';
import { natmap, run } from './programs.mjs';

const root = new URL('..', import.meta.url).pathname;
const example = ['--rules', `${root}rules.d`, '--docker', `${root}snapshot.json`];
const commandLines = {
  '`--version`': ['--version'],
  '`--help`': ['--help'],
  '`check` of the example': ['check', ...example],
  '`render` of the example': ['render', ...example],
};

/** Makes a process of node print its processor time in seconds and its memory in MB as it ends. */
const meter = `data:text/javascript,process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  process.stdout.write([(userCPUTime + systemCPUTime) / 1e6, maxRSS / 1024].join(' '));
})`;

export function printStartUp() {
  const node = (args) => time(() => run(process.execPath, args));
  const { nothing, ...natmaps } = medians(20, () => ({
    nothing: node(['-e', '0']),
    ...Object.fromEntries(
      Object.entries(commandLines).map(([name, args]) => [name, node([natmap, ...args])]),
    ),
  }));
  const ratios = Object.entries(natmaps).map(
    ([name, milliseconds]) => `${name} ${(milliseconds / nothing).toFixed(2)}×`,
  );
  console.log(`To \`node -e 0\`, ${nothing.toFixed(0)} ms: ${ratios.join(', ')}.\n`);
}

export function printCompiling({ count, rules }, folder) {
  const render = ['render', '--rules', rules, '-q', '-o', folder];
  const printed = run(process.execPath, ['--import', meter, natmap, ...render]);
  const [seconds, megabytes] = printed.split(' ').map(Number);
  console.log(
    `\`render\` of ${count} mappings: ${seconds.toFixed(1)} s of processor time, ${megabytes.toFixed(0)} MB.\n`,
  );
}
