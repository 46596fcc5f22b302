// natmap doctor: what on this host keeps mappings from working.

import { type Console, createConsole } from '../../app/console.ts';
import { desiredRules } from '../../app/desired.ts';
import { readFacts } from '../../app/doctor/facts.ts';
import { type ExitCode, exitCode } from '../../app/exit.ts';
import { compileInputs } from '../../app/inputs.ts';
import type { DoctorOptions } from '../../app/options.ts';
import { diagnose, isSound } from '../../doctor/diagnose.ts';
import { type Facts, unreadFacts } from '../../doctor/facts.ts';
import type { Finding } from '../../doctor/finding.ts';
import { plural } from '../../report/diagnostics.ts';
import {
  countFindings,
  findingsAsJson,
  formatFinding,
  formatUnread,
} from '../../report/findings.ts';

export async function doctor(options: DoctorOptions): Promise<ExitCode> {
  const console = createConsole(options);
  const compiled = await compileInputs(options, console);
  const wanted = await desiredRules(compiled.wanted, options, console);
  const facts = await readFacts({ ...compiled, wanted }, options, console);
  const findings = diagnose(facts);
  if (options.json) console.out(findingsAsJson(findings, unreadFacts(facts)));
  else print(findings, facts, options, console);
  return isSound(findings) ? exitCode.done : exitCode.differs;
}

function print(
  findings: readonly Finding[],
  facts: Facts,
  options: DoctorOptions,
  console: Console,
): void {
  const { outStyle, outWidth } = console;
  for (const finding of findings) {
    console.out(`${formatFinding(finding, outStyle, outWidth)}\n\n`);
  }
  if (options.quiet) return;
  for (const unread of unreadFacts(facts)) {
    console.out(`${formatUnread(unread, console.outStyle)}\n`);
  }
  const mappings = plural(facts.intent.mappings.length, 'mapping');
  const counted = findings.length === 0 ? '' : `${countFindings(findings)}; see docs/doctor.md\n`;
  const allClear = `no problems found (${mappings} checked)\n`;
  console.out(isSound(findings) ? allClear + counted : counted);
}
