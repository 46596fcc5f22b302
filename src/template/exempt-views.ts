// Mappings of natmap's own whose connections a restriction would drop: same port, another local address or
// another target. A rule with the words of their DNAT rule lets them pass before.
import { claimedSources } from '../compile/claims.ts';
import { type ForwardMapping, ingressOf, type SourceRestriction } from '../compile/mapping.ts';
import { lowerBound } from '../net/lower-bound.ts';
import { formatPorts } from '../net/ports.ts';
import { comment, eachSource, portMatch } from './view-words.ts';
import type { View } from './views.ts';

export function exemptViews(
  restrictions: readonly SourceRestriction[],
  forwards: readonly ForwardMapping[],
): View[] {
  const overlapping = overlapsWith(restrictions);
  return forwards
    .filter((mapping) => overlapping(mapping).some((restriction) => catches(restriction, mapping)))
    .flatMap(viewsOfExempt);
}

/** Whether the restriction would drop what the mapping forwards, and not to the restricted container. */
function catches({ published, addresses }: SourceRestriction, mapping: ForwardMapping): boolean {
  const { ext, int } = mapping;
  if (published === null || addresses.some(({ text }) => text === int.text)) return false;
  return published.ext === null || ext === null || published.ext.text === ext.text;
}

/** Finds restrictions by port without a look at all of them for each mapping. */
function overlapsWith(restrictions: readonly SourceRestriction[]) {
  const sorted = restrictions
    .flatMap((restriction) =>
      restriction.published === null ? [] : [{ restriction, ports: restriction.published.ports }],
    )
    .sort((a, b) => a.ports.first - b.ports.first);
  const widest = sorted.reduce((most, { ports }) => Math.max(most, ports.last - ports.first), 0);
  return ({ protocol, ports }: ForwardMapping): readonly SourceRestriction[] => {
    const found: SourceRestriction[] = [];
    const first = lowerBound(sorted, ports.first - widest, (each) => each.ports.first);
    for (let at = first; at < sorted.length; at++) {
      const each = sorted[at];
      if (each === undefined || each.ports.first > ports.last) break;
      if (each.ports.last >= ports.first && each.restriction.protocol === protocol) {
        found.push(each.restriction);
      }
    }
    return found;
  };
}

function viewsOfExempt(mapping: ForwardMapping): View[] {
  const { family, origin, protocol, ext, ports } = mapping;
  const values = {
    family,
    name: origin.name,
    comment: comment('exempt', ext?.text ?? '*', `${formatPorts(ports, '-')}/${protocol}`),
    proto: protocol,
    ext: ext?.text ?? null,
    ext_if: ingressOf(mapping),
    ext_match: portMatch(protocol, [ports]),
    local: mapping.kind === 'docker' && ext === null,
  };
  return eachSource(claimedSources(mapping)).map((source) => ({
    template: 'exempt',
    origin,
    serves: [mapping],
    values: { ...values, source },
  }));
}
