// `natmap diff` as JSON: schema/natmap.diff.v1.schema.json.

import type { HeaderSpace } from '../analysis/header-space.ts';
import type { ReachabilityChange } from '../analysis/reachability-diff.ts';
import { visibleJson } from '../diagnostic/visible.ts';
import { formatNetworkShort } from '../net/address.ts';
import type { ChangedLine } from './changed-lines.ts';
import type { DiffReport, FamilyReport } from './diff-report.ts';
import { natmapComment } from './origin.ts';
import { changeInWords } from './reachability.ts';
import { countRules, isUnchanged, summarize } from './unified.ts';

export function diffJson({ families, digest }: DiffReport): string {
  const diffs = families.map(({ diff }) => diff);
  const content = {
    schema: 'natmap.diff/v1',
    changed: !diffs.every(isUnchanged),
    summary: summarize(diffs),
    digest,
    families: families.map(toFamily),
  };
  return visibleJson(content);
}

function toFamily(report: FamilyReport) {
  const { diff, lines, reach, moves } = report;
  const { rules, dispatch } = countRules(diff);
  return {
    family: diff.family,
    rulesAdded: rules.added + dispatch.added,
    rulesRemoved: rules.removed + dispatch.removed,
    opened: reach.opened.map((each) => toReach(each, report)),
    closed: reach.closed.map((each) => toReach(each, report)),
    unclear: reach.unclear,
    moves: moves.map(({ table, chain, by, from }) => ({ table, chain, by, from })),
    changes: lines.map((line) => toChange(line, report)),
  };
}

function toReach(reach: ReachabilityChange, { sourceOf }: FamilyReport) {
  const { hook, protocol, ports, to, isConditional, rule } = reach;
  return {
    words: changeInWords(reach),
    fromThisHost: hook === 'OUTPUT',
    ...toSpace(reach.space),
    except: reach.except.map(toSpace),
    protocol,
    firstPort: ports.first,
    lastPort: ports.last,
    to,
    conditional: isConditional,
    comment: natmapComment(rule.spec),
    origin: sourceOf(rule.table, rule.chain, rule.spec),
  };
}

function toSpace({ ext, inInterface, source }: HeaderSpace) {
  return {
    source: source === null ? null : formatNetworkShort(source),
    interface: inInterface,
    external: externalOf(ext),
  };
}

function externalOf(ext: HeaderSpace['ext']): string | null {
  if (ext === null) return null;
  return typeof ext === 'string' ? 'local' : formatNetworkShort(ext);
}

function toChange({ kind, table, chain, line, rule }: ChangedLine, { sourceOf }: FamilyReport) {
  const isAdded = kind === 'added' && chain !== null && rule !== null;
  return {
    kind,
    table,
    chain,
    line,
    number: rule?.number ?? null,
    comment: rule === null ? null : natmapComment(rule.spec),
    origin: isAdded ? sourceOf(table, chain, rule.spec) : null,
  };
}
