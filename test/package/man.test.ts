// The man pages as man(1) shows them.
import { Help } from 'commander';
import { describe, expect, test } from 'vitest';
import { commandSpecs } from '../../src/cli/commands.ts';
import { manPages } from '../../src/cli/man/page.ts';
import { nameSections, sections } from '../../src/config/fields.ts';
import { natmapPath } from '../support/natmap.ts';
import { mustRun, run } from '../support/process.ts';
import { isAbsent } from '../support/programs.ts';
import { createWorkspace } from '../support/workspace.ts';

async function shown(page: string): Promise<string> {
  using workspace = createWorkspace({
    [page]: await mustRun(process.execPath, [natmapPath, 'man', page]),
  });
  const env = { MANWIDTH: '200', MANROFFOPT: '-ww -c', LC_ALL: 'C.UTF-8' };
  const result = await run('man', ['--warnings=all', '--nh', '--nj', '-l', workspace.file(page)], {
    env,
  });
  expect(result).toMatchObject({ code: 0, stderr: '' });
  return result.stdout.replaceAll(/.\u0008/g, '');
}

describe.skipIf(isAbsent('man', 'groff'))('man', () => {
  test.each(manPages)('%s is shown without a warning', async (page) => {
    expect(await shown(page)).toMatch(/^natmap/);
  });

  test('natmap(1) has every command with its argument and flags, and how --help describes them', async () => {
    const page = (await shown('natmap.1')).replaceAll(/\s+/g, ' ');
    const help = new Help();
    for (const { name, argument, flags, example, hidden } of commandSpecs()) {
      expect(page.includes(` natmap ${name} `)).toBe(!hidden);
      if (hidden) continue;
      if (argument)
        expect(page).toContain(` ${argument.name()} ${help.argumentDescription(argument)} `);
      for (const flag of flags) {
        expect(page).toContain(` ${flag.flags} ${help.optionDescription(flag)} `);
      }
      expect(page).toContain(example);
    }
  });

  test('natmap-rules(5) has every section with its keys, and what the schema says of them', async () => {
    const page = (await shown('natmap-rules.5')).replaceAll(/\s+/g, ' ');
    for (const [name, { doc, fields }] of Object.entries(sections)) {
      expect(page).toContain(`SECTION ${name.toUpperCase()} ${doc}`);
      for (const [key, field] of Object.entries(fields)) {
        expect(page).toContain(`${key}${field.required ? ' (required)' : ''} ${field.doc}`);
      }
    }
    for (const [name, { doc, example }] of Object.entries(nameSections)) {
      expect(page).toContain(`SECTION ${name.toUpperCase()} ${doc}`);
      expect(page).toContain(`${name}: ["${example}"]`);
    }
  });
});
