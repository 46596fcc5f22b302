/** A file or folder that natmap.service needs and cannot read, and why. */
export type ClosedPath =
  /** `mode` holds the permission bits, as 0o600. */
  | { readonly kind: 'mode'; readonly path: string; readonly owner: number; readonly mode: number }
  /** The unit sees no home. */
  | { readonly kind: 'home'; readonly path: string };
