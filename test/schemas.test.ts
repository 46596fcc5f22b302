import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { schemaFaults } from './support/json-schema.ts';
import { repository } from './support/natmap.ts';

const folder = `${repository}schema`;
const names = readdirSync(folder).filter((name) => /^natmap\..*\.schema\.json$/.test(name));

test.each(names)('%s is a schema of its own version', (name) => {
  const schema = JSON.parse(readFileSync(`${folder}/${name}`, 'utf8'));
  expect(schema.$id).toBe(name);
  expect(`${schema.properties.schema.const.replace('/', '.')}.schema.json`).toBe(name);
  expect(schemaFaults(schema)({})).toContain('must have required property');
});

test('schema/README.md names them all', () => {
  const readme = readFileSync(`${folder}/README.md`, 'utf8');
  const named = [...readme.matchAll(/^\| `(natmap\.\w+)\/(v\d+)` \|/gm)].map(
    ([, schema, version]) => `${schema}.${version}.schema.json`,
  );
  expect(named.sort()).toEqual([...names].sort());
});
