/** For each stage those that it imports. */
export type StageArrows = ReadonlyMap<string, ReadonlySet<string>>;

export function readImports(folder: string): Promise<{
  readonly modules: number;
  readonly violations: readonly string[];
  readonly stages: ReadonlySet<string>;
  readonly arrows: StageArrows;
}>;

export function printGraph(arrows: StageArrows): string;

export function readGraph(text: string): string;
