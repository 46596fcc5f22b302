// Decoded fields to entries.
import type { Place } from '../diagnostic/source.ts';
import { isLoopback } from '../net/address.ts';
import { fitsInside, isForwardable, isSpecific, sameFamily } from './entry-checks.ts';
import type { Decoded, Fields } from './field.ts';
import type {
  dnatFields,
  dockerFields,
  hairpinFields,
  publishFields,
  SectionName,
  snatFields,
} from './fields.ts';
import { type Context, fault } from './reader.ts';
import type {
  DnatEntry,
  DockerEntry,
  Entry,
  HairpinEntry,
  PublishEntry,
  SnatEntry,
  SnatInside,
} from './ruleset.ts';

/** @returns undefined when the fields contradict each other, after having reported how */
export function toEntry(
  kind: SectionName,
  values: Decoded<Fields>,
  at: Place,
  context: Context,
): Entry | undefined {
  switch (kind) {
    case 'dnat':
      return toDnat(values as Decoded<typeof dnatFields>, at, context);
    case 'snat':
      return toSnat(values as Decoded<typeof snatFields>, at, context);
    case 'hairpin':
      return toHairpin(values as Decoded<typeof hairpinFields>, at, context);
    case 'docker':
      return toDocker(values as Decoded<typeof dockerFields>, at, context);
    case 'publish':
      return toPublish(values as Decoded<typeof publishFields>, at, context);
  }
}

function toDnat(
  fields: Decoded<typeof dnatFields>,
  at: Place,
  context: Context,
): DnatEntry | undefined {
  const { ext_ip: extIp, int_ip: intIp, ports, int_port: intPort, sources = [] } = fields;
  if (intIp === undefined || ports === undefined) return undefined;
  if (extIp === undefined && fields.ext_if === undefined) {
    const message = 'a dnat entry needs ext_ip, ext_if or both';
    return fault(context, at, 'missing-key', message);
  }
  const sound = [
    isSpecific(extIp, context),
    isSpecific(intIp, context),
    isForwardable(intIp, context),
    sameFamily(intIp, [extIp, ...sources], context),
    fitsInside(ports, intPort, context),
  ];
  if (sound.includes(false)) return undefined;
  return {
    kind: 'dnat',
    at,
    name: fields.name ?? null,
    extIp: extIp ?? null,
    intIp,
    ports,
    protocols: fields.proto ?? ['tcp'],
    extIf: fields.ext_if ?? null,
    intPort: intPort ?? null,
    sources,
    local: fields.local ?? false,
  };
}

function toSnat(
  fields: Decoded<typeof snatFields>,
  at: Place,
  context: Context,
): SnatEntry | undefined {
  const { ext_if: extIf, ext_ip: extIp } = fields;
  const inside = toInside(fields, at, context);
  if (inside === undefined) return undefined;
  const sound = [
    isSpecific(extIp, context),
    inside.kind !== 'address' || sameFamily(inside.network, [extIp], context),
  ];
  if (sound.includes(false)) return undefined;
  return {
    kind: 'snat',
    at,
    name: fields.name ?? null,
    inside,
    extIf: extIf ?? null,
    extIp: extIp ?? null,
  };
}

function toInside(
  { int_ip: intIp, container, network, ext_if: extIf }: Decoded<typeof snatFields>,
  at: Place,
  context: Context,
): SnatInside | undefined {
  const [first, second] = [intIp, container, network].filter((each) => each !== undefined);
  if (first === undefined) {
    const message = 'an snat entry needs int_ip, container or network';
    return fault(context, at, 'missing-key', message);
  }
  if (second !== undefined) {
    const message = 'int_ip, container and network exclude each other';
    return fault(context, second.at, 'excluded-key', message);
  }
  if (container !== undefined) return { kind: 'container', reference: container };
  if (network !== undefined) return { kind: 'network', reference: network };
  if (intIp === undefined) return undefined;
  if (extIf === undefined) {
    return fault(context, at, 'missing-key', 'an snat entry with int_ip needs ext_if');
  }
  return { kind: 'address', network: intIp };
}

function toHairpin(
  fields: Decoded<typeof hairpinFields>,
  at: Place,
  context: Context,
): HairpinEntry | undefined {
  const { ext_ip: extIp, int_ip: intIp, ports, lan_cidr: lanCidr, int_port: intPort } = fields;
  if (extIp === undefined || intIp === undefined || ports === undefined) return undefined;
  const sound = [
    isSpecific(extIp, context),
    isSpecific(intIp, context),
    isForwardable(intIp, context),
    sameFamily(intIp, [extIp, lanCidr], context),
    fitsInside(ports, intPort, context),
  ];
  if (sound.includes(false)) return undefined;
  return {
    kind: 'hairpin',
    at,
    name: fields.name ?? null,
    extIp,
    intIp,
    ports,
    protocols: fields.proto ?? ['tcp'],
    intPort: intPort ?? null,
    lanCidr: lanCidr ?? null,
  };
}

function toDocker(
  fields: Decoded<typeof dockerFields>,
  at: Place,
  context: Context,
): DockerEntry | undefined {
  const { container, target_ip: targetIp, network, ports, sources = [] } = fields;
  if (ports === undefined) return undefined;
  if (container !== undefined && targetIp !== undefined) {
    return fault(
      context,
      targetIp.at,
      'excluded-key',
      'target_ip and container exclude each other',
    );
  }
  const { name = null, balance = null } = fields;
  const whenStopped = fields.when_stopped ?? 'error';
  const extIf = fields.ext_if ?? null;
  const onLoopback = ports.find(({ value: { host } }) => host !== null && isLoopback(host));
  if (extIf !== null && onLoopback !== undefined) {
    const message = `nothing for a loopback address comes in by ${extIf}`;
    return fault(context, onLoopback.at, 'excluded-key', message);
  }
  const base = { kind: 'docker', at, name, ports, balance, whenStopped, extIf, sources } as const;
  if (container !== undefined) {
    return {
      ...base,
      target: { kind: 'container', reference: container, network: network ?? null },
    };
  }
  if (targetIp === undefined) {
    return fault(context, at, 'missing-key', 'a docker entry needs container or target_ip');
  }
  if (network !== undefined) {
    return fault(context, network.at, 'excluded-key', 'network goes with container, not target_ip');
  }
  if (balance !== null) {
    return fault(context, at, 'excluded-key', 'balance goes with container, not target_ip');
  }
  if (fields.when_stopped !== undefined) {
    return fault(context, at, 'excluded-key', 'when_stopped goes with container, not target_ip');
  }
  if (![isSpecific(targetIp, context), isForwardable(targetIp, context)].every(Boolean)) {
    return undefined;
  }
  return { ...base, target: { kind: 'address', address: targetIp } };
}

function toPublish(
  fields: Decoded<typeof publishFields>,
  at: Place,
  context: Context,
): PublishEntry | undefined {
  if (fields.from === undefined) return undefined;
  const { addresses = [] } = fields;
  const [address] = addresses;
  if (address !== undefined && fields.from !== 'labels') {
    return fault(context, address.at, 'excluded-key', 'addresses goes with from: labels');
  }
  if (!addresses.every((each) => isSpecific(each, context))) return undefined;
  return {
    kind: 'publish',
    at,
    name: fields.name ?? null,
    from: fields.from,
    addresses,
    select: fields.select ?? null,
    exclude: fields.exclude ?? null,
    extIf: fields.ext_if ?? null,
    sources: fields.sources ?? [],
  };
}
