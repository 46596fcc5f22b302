// Packets on their way that are alike in what became of them so far.
import {
  type Bounds,
  intersectSets,
  isExact,
  type PacketSet,
  subtractSets,
} from '../packet/packet-set.ts';
import { asCame, type View } from './view.ts';

export interface Stream {
  /** As they came. */
  readonly packets: PacketSet;
  readonly view: View;
  /** Whether all of the packets are here; otherwise each of them may be here, or somewhere else. */
  readonly isCertain: boolean;
}

export interface Split {
  readonly inside: readonly Stream[];
  readonly outside: readonly Stream[];
}

/** Parts a stream by whether its packets, as they are now, are in the set. */
export function splitStream(stream: Stream, set: Bounds): Split {
  const { packets } = stream;
  const { atLeast, atMost } = asCame(set, stream.view);
  const most = intersectSets(packets, atMost);
  if (most.length === 0) return { inside: [], outside: [stream] };
  const without = subtractSets(packets, atMost);
  const outside =
    without === null ? [{ ...stream, isCertain: false }] : part(stream, without, stream.isCertain);
  if (isExact({ atLeast, atMost })) {
    return { inside: part(stream, most, stream.isCertain), outside };
  }
  const maybe = part(stream, subtractSets(most, atLeast) ?? most, false);
  const least = part(stream, intersectSets(packets, atLeast), stream.isCertain);
  return { inside: [...least, ...maybe], outside: [...outside, ...maybe] };
}

export function splitStreams(streams: readonly Stream[], set: Bounds): Split {
  const splits = streams.map((stream) => splitStream(stream, set));
  return {
    inside: splits.flatMap(({ inside }) => inside),
    outside: splits.flatMap(({ outside }) => outside),
  };
}

/** The same packets, looking otherwise. */
export function withView(stream: Stream, view: View): Stream {
  return { ...stream, view: { ...stream.view, ...view } };
}

function part(stream: Stream, packets: PacketSet, isCertain: boolean): Stream[] {
  return packets.length === 0 ? [] : [{ ...stream, packets, isCertain }];
}
