// All checks on the facts of one host.
import type { Check } from './check.ts';
import { acceptBeforeDrop } from './checks/accept-before-drop.ts';
import { acceptRa } from './checks/accept-ra.ts';
import { addressChanged } from './checks/address-changed.ts';
import { addressOfAnother } from './checks/address-of-another.ts';
import { bridgeHairpin } from './checks/bridge-hairpin.ts';
import { bridgeNetfilter } from './checks/bridge-netfilter.ts';
import { closedToUnit } from './checks/closed-to-unit.ts';
import { engineLoopback } from './checks/engine-loopback.ts';
import { engineNftables } from './checks/engine-nftables.ts';
import { engineRootless } from './checks/engine-rootless.ts';
import { engineVariant } from './checks/engine-variant.ts';
import { engineWithoutRules } from './checks/engine-without-rules.ts';
import { forwardDrop } from './checks/forward-drop.ts';
import { internalNetwork } from './checks/internal-network.ts';
import { ipForward } from './checks/ip-forward.ts';
import { ipv6Disabled } from './checks/ipv6-disabled.ts';
import { jumpMissing } from './checks/jump-missing.ts';
import { localListener } from './checks/local-listener.ts';
import { loopbackIpv6 } from './checks/loopback-ipv6.ts';
import { mixedBackends } from './checks/mixed-backends.ts';
import { nftForwardDrop } from './checks/nft-forward-drop.ts';
import { nftInTables } from './checks/nft-in-tables.ts';
import { notApplied } from './checks/not-applied.ts';
import { routeLocalnet } from './checks/route-localnet.ts';
import { rpFilter } from './checks/rp-filter.ts';
import { savedRules } from './checks/saved-rules.ts';
import { shadowed } from './checks/shadowed.ts';
import { twoVariants } from './checks/two-variants.ts';
import type { Facts } from './facts.ts';
import type { Finding, Severity } from './finding.ts';

/** In the order in which docs/doctor.md explains them. */
const checks: readonly Check[] = [
  notApplied,
  jumpMissing,
  shadowed,
  acceptBeforeDrop,
  forwardDrop,
  nftForwardDrop,
  twoVariants,
  mixedBackends,
  nftInTables,
  engineVariant,
  savedRules,
  closedToUnit,
  ipForward,
  ipv6Disabled,
  acceptRa,
  rpFilter,
  routeLocalnet,
  loopbackIpv6,
  bridgeNetfilter,
  bridgeHairpin,
  localListener,
  engineRootless,
  engineNftables,
  engineWithoutRules,
  engineLoopback,
  internalNetwork,
  addressChanged,
  addressOfAnother,
];

/** What is wrong, errors first and notes last. */
export function diagnose(facts: Facts): readonly Finding[] {
  const findings = checks.flatMap(({ code, find }) =>
    find(facts).map((found): Finding => ({ rules: [], affected: [], note: null, ...found, code })),
  );
  const rank = ({ severity }: Finding) => ranks.indexOf(severity);
  return findings.sort((a, b) => rank(a) - rank(b));
}

const ranks: readonly Severity[] = ['error', 'warning', 'note'];

/** Whether there is something to fix: notes alone are no reason to fail. */
export function isSound(findings: readonly Finding[]): boolean {
  return findings.every(({ severity }) => severity === 'note');
}
