#!/usr/bin/env node
/**
 * Stands for docker where an engine would be too much: answers from the files beside it, and writes
 * down each call. Plain JavaScript because it runs as a program of its own.
 *
 * containers.json and networks.json are lists as `inspect` prints them, info.json is what `info`
 * prints; endpoint is where the engine is said to be. A container whose State.Gone is true is listed
 * and then cannot be found.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const folder = dirname(process.argv[1]);
const file = (name) => readFileSync(join(folder, name), 'utf8');
const args = process.argv.slice(2);
appendFileSync(
  join(folder, 'calls'),
  `${args.filter((arg) => !/^[0-9a-f]{64}$/.test(arg)).join(' ')}\n`,
);

function list(name) {
  return JSON.parse(file(name));
}

function inspect(all, ids) {
  const wanted = new Map(all.map((each) => [each.Id, each]));
  const found = ids.map((id) => wanted.get(id)).filter((each) => !each.State?.Gone);
  process.stdout.write(`${JSON.stringify(found, null, 4)}\n`);
  for (const id of ids.filter((each) => wanted.get(each).State?.Gone)) {
    process.stderr.write(`Error: No such container: ${id}\n`);
    process.exitCode = 1;
  }
}

const ids = args.slice(args.indexOf('--') + 1);
const [command, object] = args;
if (command === 'context') process.stdout.write(file('endpoint'));
else if (command === 'info') process.stdout.write(file('info.json'));
else if (command === 'ps')
  process.stdout.write(
    list('containers.json')
      .map(({ Id }) => `${Id}\n`)
      .join(''),
  );
else if (command === 'inspect') inspect(list('containers.json'), ids);
else if (object === 'ls')
  process.stdout.write(
    list('networks.json')
      .map(({ Id }) => `${Id}\n`)
      .join(''),
  );
else inspect(list('networks.json'), ids);
