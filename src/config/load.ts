// All rules.d files to one rule set.
import type { Report } from '../diagnostic/diagnostic.ts';
import type { Located, Source } from '../diagnostic/source.ts';
import { formatMark, type Mark, sameMark } from '../net/mark.ts';
import { decodeFile } from './decode.ts';
import type { DockerUserPlace, RuleSet } from './ruleset.ts';

/** Merges the files in the order given, which is the byte order of their names. */
export function loadRuleSet(sources: readonly Source[], report: Report): RuleSet {
  const files = sources.map((source) => decodeFile(source, report));
  const dockerUser = oneDockerUser(
    files.flatMap((file) => file.dockerUser ?? []),
    report,
  );
  return {
    ...(dockerUser && { dockerUser }),
    entries: files.flatMap(({ entries }) => entries),
    acceptMark: oneMark(
      files.flatMap(({ acceptMark }) => acceptMark ?? []),
      report,
    ),
  };
}

function oneMark(marks: readonly Located<Mark>[], report: Report): Located<Mark> | null {
  return oneSetting('accept_mark', marks, sameMark, formatMark, report) ?? null;
}

function oneDockerUser(
  places: readonly Located<DockerUserPlace>[],
  report: Report,
): Located<DockerUserPlace> | undefined {
  const isSame = (a: DockerUserPlace, b: DockerUserPlace) => a === b;
  return oneSetting('docker_user', places, isSame, (place) => place, report);
}

function oneSetting<T>(
  key: string,
  [first, ...others]: readonly Located<T>[],
  isSame: (a: T, b: T) => boolean,
  format: (value: T) => string,
  report: Report,
): Located<T> | undefined {
  if (first === undefined) return undefined;
  for (const { value, at } of others) {
    if (isSame(value, first.value)) continue;
    report({
      code: 'conflicting-setting',
      severity: 'error',
      message: `${key} is ${format(value)} here and ${format(first.value)} in another file`,
      at,
      related: [{ message: 'the other one', at: first.at }],
    });
  }
  return first;
}
