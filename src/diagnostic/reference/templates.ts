// Templates, and what the kernel makes of their rules.
import type { ReferenceEntries } from './entry.ts';

export const templateEntries = {
  'template-error': {
    severity: 'error',
    says: 'The template cannot be parsed or rendered.',
    advice: 'Fix it at the place named.',
  },
  'template-unknown-name': {
    severity: 'error',
    says: 'A variable or filter that no template has.',
    advice: 'Correct the name.',
  },
  'template-outside': {
    severity: 'error',
    says: "A template printed a rule for a chain that is not natmap's.",
    advice: 'Use only `NATMAP` and `NATMAP-*`.',
  },
  'template-rule': {
    severity: 'error',
    says: 'A template printed something that is no rule.',
    advice: 'Print `-A CHAIN …` below `*mangle`, `*filter` or `*nat`.',
  },
  'kernel-rejected': {
    severity: 'error',
    says: 'With `check --kernel`: iptables or the kernel refuses a rule, or prints it otherwise than planned.',
    advice: 'Fix the template that printed it, or install what is missing.',
  },
  'kernel-untried': {
    severity: 'warning',
    says: 'With `check --kernel`: a rule needs an ipset or the like, which a throwaway namespace has not.',
    advice: 'Try it with `apply`, which tests it on the host.',
  },
  'kernel-unavailable': {
    severity: 'error',
    says: 'With `check --kernel`: there is no iptables, or no network namespace is available.',
    advice: 'Run it as root, or where users may have namespaces.',
  },
} as const satisfies ReferenceEntries;
