// Where packets are, or what became of them, behind the last hook.
import type { Stream } from './stream.ts';
import type { ReadRule } from './tables.ts';

/** What becomes of packets in the end. */
export interface Ending {
  /** The packets as they came, and how they look now. */
  readonly stream: Stream;
  readonly disposition: EndDisposition;
  /** The rule that decided, or null for a policy, and for what no rule decides. */
  readonly rule: ReadRule | null;
}

export type EndDisposition =
  /** To a program of this host. */
  | 'delivered'
  /** By the interface in the view. */
  | 'sent'
  | 'dropped'
  | 'rejected'
  | 'queued'
  /** There is no route, or this host forwards nothing. */
  | 'no-route'
  /** The kernel takes no such address from there. */
  | 'martian'
  | 'unknown';
