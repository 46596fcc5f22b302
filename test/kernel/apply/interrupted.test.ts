/**
 * What a natmap that changes the host reports of one before it that was killed. In a namespace of its own, as natmap takes
 * the lock of the one that it runs in.
 */
import { describe, expect, test } from 'vitest';
import { type ApplyKind, printRecord } from '../../../src/apply/record.ts';
import { kernelReason } from '../../support/kernel.ts';
import { createNamespace } from '../../support/namespace.ts';
import { natmap } from '../../support/natmap.ts';
import { createWorkspace } from '../../support/workspace.ts';

const header = {
  at: '2026-11-24T15:00:00.000Z',
  by: 'root',
  version: '1.0.0',
  backends: { ipv4: 'nft', ipv6: 'nft' },
  sources: [],
} as const;

const kinds: readonly (readonly [ApplyKind, string])[] = [
  ['apply', 'natmap rollback would undo it'],
  ['flush', 'natmap rollback would undo it'],
  ['rollback', 'natmap rollback, run as it was then, completes it'],
  ['unconfirmed', 'natmap rollback completes it'],
];

describe.skipIf(kernelReason())('an interrupted one is reported of once', () => {
  test.each(kinds)('%s: %s', async (kind, said) => {
    await using ns = await createNamespace();
    using files = createWorkspace({
      'history/pending/record.json': printRecord({ ...header, kind }, '', {}),
    });
    const confirm = ['confirm', '--state-dir', files.path];
    const { stderr } = await natmap(ns, 'nft', confirm);
    expect(stderr).toContain(`of ${header.at} (number 1) was interrupted; ${said}\n`);
    expect((await natmap(ns, 'nft', confirm)).stderr).not.toContain('interrupted');
  });
});
