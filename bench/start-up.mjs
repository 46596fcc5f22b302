// What natmap takes by itself: to start and compile the example, and to compile many mappings.
import { medians, time } from './measure.mjs';
import { natmap, run } from './programs.mjs';

const root = new URL('..', import.meta.url).pathname;
const example = ['render', '--rules', `${root}rules.d`, '--docker', `${root}snapshot.json`];

/** Makes a process of node print its processor time in seconds and its memory in MB as it ends. */
const meter = `data:text/javascript,process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  process.stdout.write([(userCPUTime + systemCPUTime) / 1e6, maxRSS / 1024].join(' '));
})`;

export function printStartUp({ count, rules }, folder) {
  const { natmap: rendered, nothing } = medians(10, () => ({
    natmap: time(() => run(process.execPath, [natmap, ...example])),
    nothing: time(() => run(process.execPath, ['-e', '0'])),
  }));
  const render = ['render', '--rules', rules, '-q', '-o', folder];
  const printed = run(process.execPath, ['--import', meter, natmap, ...render]);
  const [seconds, megabytes] = printed.split(' ').map(Number);
  console.log(`\`render\` of the example: ${(rendered / nothing).toFixed(1)}× \`node -e 0\`.`);
  console.log(
    `\`render\` of ${count} mappings: ${seconds.toFixed(1)} s of processor time, ${megabytes.toFixed(0)} MB.\n`,
  );
}
