/** Other versions of Node.js, from the npm packages that the package `node` takes them from. */
import { existsSync } from 'node:fs';
import { repository } from './natmap.ts';
import { mustRun } from './process.ts';

/** The oldest that natmap runs on, and the last of each even version since. */
export const supported = ['18.19.1', '20.19.5', '22.23.3', '24.9.0'] as const;

/** Of Debian 11, which natmap does not run on. */
export const tooOld = '12.22.12';

/** The program, installed into a cache beside the other packages where it is not there yet. */
export async function nodeOf(version: string): Promise<string> {
  const name = `node-linux-${process.arch}`;
  const folder = `${repository}node_modules/.cache/nodes/${version}`;
  const program = `${folder}/node_modules/${name}/bin/node`;
  if (!existsSync(program)) {
    const quiet = ['--no-audit', '--no-fund', '--no-save', '--ignore-scripts', '--prefix', folder];
    await mustRun('npm', ['install', ...quiet, `${name}@${version}`], { timeoutSeconds: 300 });
  }
  return program;
}
