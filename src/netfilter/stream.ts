// Packets on their way that are alike in what became of them so far.
import { boxCovers } from '../packet/box.ts';
import {
  type Bounds,
  intersectSets,
  isExact,
  type PacketSet,
  subtractSets,
} from '../packet/packet-set.ts';
import { asCame, type View, viewKey } from './view.ts';

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

/** Streams of one view keep one view, by which they are known to be alike. */
export function withViews(streams: readonly Stream[], change: View): Stream[] {
  const views = new Map<View, View>();
  return streams.map((stream) => {
    const known = views.get(stream.view) ?? withView(stream, change).view;
    views.set(stream.view, known);
    return { ...stream, view: known };
  });
}

function part(stream: Stream, packets: PacketSet, isCertain: boolean): Stream[] {
  return packets.length === 0 ? [] : [{ ...stream, packets, isCertain }];
}

/** Streams that look alike are one, so that they do not grow in number with every table passed. */
export function joinStreams(streams: readonly Stream[]): readonly Stream[] {
  if (streams.length < 2) return streams;
  const joined = new Map<string, Stream>();
  for (const stream of streams) {
    const key = `${stream.isCertain} ${viewKey(stream.view)}`;
    const alike = joined.get(key);
    joined.set(key, alike === undefined ? stream : mergeStreams(alike, stream));
  }
  return [...joined.values()];
}

/** Of two that look alike. What is uncertain comes back by several ways: it is held once. */
export function mergeStreams(a: Stream, b: Stream): Stream {
  if (a.isCertain) return { ...a, packets: [...a.packets, ...b.packets] };
  const more = b.packets.filter((box) => !a.packets.some((other) => boxCovers(other, box)));
  return { ...a, packets: [...a.packets, ...more] };
}
