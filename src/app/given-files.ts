// The snapshot and the templates that the flags name.
import { basename } from 'node:path';
import type { Report } from '../diagnostic/diagnostic.ts';
import type { Source } from '../diagnostic/source.ts';
import { FileFault, readFolder, readSource, refuseIfSharedWith } from '../host/files.ts';
import type { InputOptions } from './options.ts';

export async function readDocker(
  options: InputOptions,
  selected: ReadonlySet<string>,
  report: Report,
): Promise<Source | null> {
  const { docker } = options;
  if (docker === undefined) return null;
  if (docker === 'live') {
    const { takeSnapshot } = await import('./engine-snapshot.ts');
    const text = await takeSnapshot(options, selected, report);
    return text === null ? null : { name: 'docker', text };
  }
  return readSource(docker, docker === '-' ? 'standard input' : docker);
}

export function readTemplates({ templates }: InputOptions): readonly Source[] {
  if (templates === undefined) return [];
  const uid = process.getuid?.() ?? 0;
  const content = readFolder(templates, '.njk');
  if (content === null) throw new FileFault(templates, 'there is no such folder');
  const [fault] = content.faults;
  if (fault !== undefined) throw fault;
  if (uid === 0) refuseIfSharedWith(templates, uid);
  const strange = content.files.find(({ name }) => !/^[\w.-]+$/.test(basename(name)));
  if (strange !== undefined) throw new FileFault(strange.name, 'this is no name for a template');
  return content.files;
}
