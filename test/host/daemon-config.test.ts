import { expect, test } from 'vitest';
import { isConfiguredToMakeRules } from '../../src/host/daemon-config.ts';

const usual = '/etc/docker/daemon.json';
const dockerd = ['/usr/bin/dockerd', '-H', 'fd://'];

test.each([
  ['nothing is set', dockerd, {}, true],
  ['its command line says so', [...dockerd, '--iptables=false'], {}, false],
  ['its command line says no other than the default', [...dockerd, '--iptables'], {}, true],
  ['its configuration says so', dockerd, { [usual]: '{"iptables": false}' }, false],
  ['its configuration says no other', dockerd, { [usual]: '{"iptables": true}' }, true],
  ['its configuration speaks of IPv6', dockerd, { [usual]: '{"ip6tables": false}' }, true],
  [
    'it was given another configuration',
    [...dockerd, '--config-file=/srv/d.json'],
    { '/srv/d.json': '{"iptables": false}', [usual]: '{}' },
    false,
  ],
  [
    'that is named in a word of its own',
    [...dockerd, '--config-file', '/srv/d.json'],
    { '/srv/d.json': '{"iptables": false}' },
    false,
  ],
  ['it is not seen, and its configuration is', [], { [usual]: '{"iptables": false}' }, false],
  ['neither is seen', [], {}, null],
  ['its configuration is no JSON', dockerd, { [usual]: '{iptables' }, null],
  ['its configuration is a list', dockerd, { [usual]: '[]' }, true],
] as const)('what dockerd is configured to do when %s', (_, command, files, expected) => {
  const read = (path: string) => (files as Readonly<Record<string, string>>)[path] ?? null;
  expect(isConfiguredToMakeRules(command, read)).toBe(expected);
});
