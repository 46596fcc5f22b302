export function templateModule(path: string): string;
