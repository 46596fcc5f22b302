import { describe, expect, test } from 'vitest';
import { createEngineClient, EngineFault } from '../../src/host/engine-client.ts';
import type { Call, Outcome } from '../../src/host/program.ts';

const done: Outcome = { code: 0, stdout: '', stderr: '', failure: null };

/** A client whose program gives these outcomes, one a call; what it was called with is kept. */
function client(...outcomes: readonly Partial<Outcome>[]) {
  const calls: Call[] = [];
  const run = async (call: Call) => {
    calls.push(call);
    return { ...done, ...outcomes[calls.length - 1] };
  };
  return { ...createEngineClient('docker', run), calls };
}

const ignore = () => undefined;

/** What is thrown, as message and hint. */
async function faultOf(attempt: Promise<unknown>): Promise<readonly [string, string | null]> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof EngineFault) return [error.message, error.hint];
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('inspect', () => {
  test('asks for 500 at a time, and tells how far it is in between', async () => {
    const { inspect, calls } = client();
    const progress: number[] = [];
    const ids = Array.from({ length: 1201 }, (_, index) => `id${index}`);
    await inspect('container', ids, (count) => void progress.push(count));
    expect(calls.map(({ args }) => args.length)).toEqual([504, 504, 205]);
    expect(calls.flatMap(({ args }) => args.slice(4))).toEqual(ids);
    expect(progress).toEqual([500, 1000]);
  });

  test('asks nothing where there is nothing', async () => {
    const { inspect, calls } = client();
    expect(await inspect('network', [], ignore)).toEqual([]);
    expect(calls).toEqual([]);
  });

  test.each([
    ['Error: No such container: abc\n'],
    ['Error: No such object: abc\nError: No such object: def\n'],
    ['Error response from daemon: network abc not found\n'],
    ['time="2026-01-02" level=warning msg="x"\nError: inspecting object: no such container abc\n'],
    ['Error: network abc: unable to find network with name or ID abc: network not found\n'],
  ])('keeps what was found when the rest has disappeared: %j', async (stderr) => {
    const { inspect } = client({ code: 1, stdout: '[{"Id": "a"}]\n', stderr });
    expect(await inspect('container', ['a', 'abc'], ignore)).toEqual(['[{"Id": "a"}]\n']);
  });

  test.each([
    ['Error: No such container: abc\nError: the disk is on fire\n', '[]'],
    ['Error: No such container: abc\n', ''],
    ['', '[]'],
  ])('fails of anything else: %j', async (stderr, stdout) => {
    const { inspect } = client({ code: 1, stdout, stderr });
    const [message] = await faultOf(inspect('container', ['abc'], ignore));
    expect(message).toMatch(/^docker inspect --type container failed: /);
  });
});

describe('an engine that gives nothing is a fault that says why and what to do', () => {
  test.each<[what: string, outcome: Partial<Outcome>, message: string, hint: string | null]>([
    [
      'no client',
      { code: null, failure: 'not-found' },
      'docker was not found on the PATH',
      'install it, or name another client with --docker-command',
    ],
    [
      'an engine that does not run',
      {
        code: 1,
        stderr:
          'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n',
      },
      'the engine does not answer: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
      'start it, as with systemctl start docker, or name a snapshot taken before',
    ],
    [
      'the same in the words of Docker 29',
      {
        code: 1,
        stderr:
          'failed to connect to the docker API at unix:///var/run/docker.sock; check if the path is correct\n',
      },
      'the engine does not answer: failed to connect to the docker API at unix:///var/run/docker.sock; check if the path is correct',
      'start it, as with systemctl start docker, or name a snapshot taken before',
    ],
    [
      'a user without the right',
      {
        code: 1,
        stderr:
          'WARNING: Error loading config file: open /root/.docker/config.json: permission denied\n' +
          'permission denied while trying to connect to the Docker daemon socket\n',
      },
      'docker was denied access to its engine: permission denied while trying to connect to the Docker daemon socket',
      'run natmap as root, or as a member of the group that may use the engine',
    ],
    [
      'an engine that hangs',
      { code: null, failure: 'timeout' },
      'docker ps --all --quiet --no-trunc gave no answer in time',
      'see whether the engine hangs: docker ps --all --quiet --no-trunc',
    ],
    [
      'another failure',
      { code: 125, stderr: 'Error: \u001b[31msomething\n' },
      'docker ps --all --quiet --no-trunc failed: \\u001b[31msomething',
      'see what it prints when you run it yourself',
    ],
    [
      'a failure without words',
      { code: 3 },
      'docker ps --all --quiet --no-trunc failed: exit code 3',
      'see what it prints when you run it yourself',
    ],
    [
      'output without end',
      { code: null, failure: 'too-much-output' },
      'docker ps --all --quiet --no-trunc failed: it printed more than natmap reads, and was killed',
      'see what it prints when you run it yourself',
    ],
  ])('%s', async (_, outcome, message, hint) => {
    expect(await faultOf(client(outcome).list('container'))).toEqual([message, hint]);
  });
});

test.each<[outcome: Partial<Outcome>, endpoint: string | null]>([
  [{ stdout: 'unix:///var/run/docker.sock\n' }, 'unix:///var/run/docker.sock'],
  [{ stdout: 'ssh://me@there\n' }, 'ssh://me@there'],
  [{ stdout: '[]\n[]\n' }, null],
  [{ stdout: '\n' }, null],
  [{ code: 1, stderr: 'unknown command context' }, null],
])('the endpoint of %j is %s', async (outcome, endpoint) => {
  expect(await client(outcome).endpoint()).toBe(endpoint);
});
