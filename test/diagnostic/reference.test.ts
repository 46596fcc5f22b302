// docs/diagnostics.md is made from the table of diagnostics. To write it again:
//   NATMAP_UPDATE_DOCS=1 npx vitest run --project unit test/diagnostic/reference.test.ts
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { administrationPorts } from '../../src/analysis/administration.ts';
import { adviceOn, diagnosticCodes, reference } from '../../src/diagnostic/reference.ts';

const path = new URL('../../docs/diagnostics.md', import.meta.url);

function referencePage(): string {
  const rows = diagnosticCodes.map((code) => {
    const { severity, only, says, advice } = reference[code];
    const command = only === undefined ? '' : ` (\`${only}\`)`;
    return `| \`${code}\` | ${severity}${command} | ${says} | ${advice} |\n`;
  });
  const ports = administrationPorts.map(
    ({ port, protocol, service, reason }) => `| ${port}/${protocol} | ${service} | ${reason} |\n`,
  );
  return `# Diagnostics

Every error and warning carries one of these codes in brackets. An error stops natmap before anything is
touched (exit code 2). What is marked (\`check\`) is lint: only \`natmap check\` says it.

| code | severity | what it says | what to do |
| --- | --- | --- | --- |
${rows.join('')}
## Administration ports

What \`open-admin-port\` looks for, by the port inside. A mapping whose clients are together no
more than a /8 of IPv4 or a /16 of IPv6 is left alone.

| port | service | why |
| --- | --- | --- |
${ports.join('')}`;
}

test('docs/diagnostics.md is the generated one', () => {
  if (process.env.NATMAP_UPDATE_DOCS === '1') writeFileSync(path, referencePage());
  expect(readFileSync(path, 'utf8')).toBe(referencePage());
});

test.each(diagnosticCodes)(
  '%s says what is wrong and what would be right, in sentences',
  (code) => {
    const { says, advice } = reference[code];
    for (const text of [says, advice]) expect(text).toMatch(/^[A-Z].*\.$/);
    // A bar would end the cell of the table.
    expect(says + advice).not.toMatch(/\||\n/);
  },
);

test('advice is given as a hint', () => {
  expect(adviceOn('yaml-feature')).toBe('write the value out');
});
