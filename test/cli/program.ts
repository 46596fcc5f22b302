/** The built program, run where it needs no namespace: on files alone. */
import { existsSync } from 'node:fs';
import { natmapPath } from '../support/natmap.ts';
import { type Result, type RunOptions, run } from '../support/process.ts';

/** Runs `natmap` with these arguments, without the colours that an environment may ask for. */
export async function natmap(args: readonly string[], options: RunOptions = {}): Promise<Result> {
  if (!existsSync(natmapPath)) throw new Error(`${natmapPath} is missing: npm run build`);
  const env = { NO_COLOR: '1', ...options.env };
  return run(process.execPath, [natmapPath, ...args], { ...options, env });
}
