import { describe, expect, test } from 'vitest';
import { readInfo } from '../../src/docker/answers.ts';
import { remoteReason, withMakesRules } from '../../src/docker/engine.ts';
import { listen } from '../listen.ts';

const docker = { ServerVersion: '28.1.0', SecurityOptions: ['name=seccomp,profile=builtin'] };
const podman = {
  host: { security: { rootless: false }, networkBackend: 'netavark' },
  version: { Version: '4.3.1' },
};

const client = { program: 'docker', endpoint: null };

function info(value: unknown, endpoint: string | null = null) {
  const { report, said } = listen();
  const answer = readInfo(JSON.stringify(value), { ...client, endpoint }, report);
  return { answer, said: said() };
}

test.each([
  [true, 'iptables'],
  [null, 'iptables'],
  [false, 'none'],
])('with a configuration that says %s of rules the firewall is %s', (makesRules, firewall) => {
  const engine = info({ ...docker, FirewallBackend: { Driver: 'iptables' } }).answer?.engine;
  expect(engine && withMakesRules(engine, makesRules)).toMatchObject({ makesRules, firewall });
});

describe('what an engine tells of itself', () => {
  test.each<[what: string, value: object, engine: object]>([
    ['Docker', docker, { kind: 'docker', version: '28.1.0', rootless: false, firewall: null }],
    [
      'Docker with iptables',
      { ...docker, FirewallBackend: { Driver: 'iptables' } },
      { firewall: 'iptables' },
    ],
    [
      'Docker with iptables and firewalld',
      { ...docker, FirewallBackend: { Driver: 'iptables+firewalld', Info: [['ReloadedAt', 'x']] } },
      { firewall: 'iptables' },
    ],
    [
      'Docker with nftables',
      { ...docker, FirewallBackend: { Driver: 'nftables' } },
      { firewall: 'nftables' },
    ],
    [
      'rootless Docker',
      { ...docker, SecurityOptions: ['name=seccomp,profile=builtin', 'name=rootless'] },
      { rootless: true },
    ],
    ['Docker without a list of options', { ...docker, SecurityOptions: null }, { rootless: false }],
    ['Podman', podman, { kind: 'podman', version: '4.3.1', rootless: false, firewall: null }],
    [
      'rootless Podman',
      { ...podman, host: { security: { rootless: true } } },
      { kind: 'podman', rootless: true },
    ],
  ])('%s', (_, value, engine) => {
    expect(info(value)).toMatchObject({ answer: { engine, elsewhere: null }, said: [] });
  });

  test('Docker Desktop runs its containers elsewhere', () => {
    const { answer } = info({ ...docker, OperatingSystem: 'Docker Desktop' });
    expect(answer?.elsewhere).toMatch(/virtual machine/);
  });

  test('podman as a client of another machine is reported, and not one of a socket here', () => {
    const remote = { ...podman, host: { ...podman.host, serviceIsRemote: true } };
    expect(info(remote).answer?.elsewhere).toMatch(/another machine/);
    expect(info(remote, 'unix:///run/podman/podman.sock').answer?.elsewhere).toBeNull();
  });

  test.each<[value: unknown, said: string]>([
    [{}, 'ServerVersion is missing'],
    [{ ServerErrors: ['no'], ServerVersion: null }, 'ServerVersion must be text'],
    [{ host: {} }, 'version.Version is missing'],
    [[], 'ServerVersion is missing'],
    [null, 'ServerVersion is missing'],
  ])('%j is reported to make no sense', (value, said) => {
    const heard = info(value);
    expect(heard.answer).toBeUndefined();
    expect(heard.said[0]).toBe(`snapshot-shape: what docker info printed: ${said}`);
  });
});

test('a text that is no JSON is reported without quoting it', () => {
  const { report, said } = listen();
  expect(readInfo('{"a": SECRET}', client, report)).toBeUndefined();
  expect(said()).toEqual(['snapshot-syntax: what docker info printed: this is not JSON']);
});

test.each([
  [null, false],
  ['unix:///var/run/docker.sock', false],
  ['unix:///run/user/1000/docker.sock', false],
  ['fd://', false],
  ['tcp://192.0.2.1:2375', true],
  ['ssh://me@there', true],
  ['npipe:////./pipe/docker_engine', true],
  ['there:2375', true],
])('an endpoint of %s is remote: %s', (endpoint, isRemote) => {
  expect(remoteReason(endpoint) !== null).toBe(isRemote);
});
