import type { Lister } from './api';

/**
 * Where a reader stands in a cursor-paged list: the cursor of every page from the first to the one on show.
 * One page is held at a time, so that a refetch costs the same wherever the reader is.
 */
export type Trail = readonly (string | undefined)[];

export const FIRST_PAGE: Trail = [undefined];

export function cursorOf(trail: Trail): string | undefined {
  return trail[trail.length - 1];
}

export function forward(trail: Trail, next: string | undefined): Trail {
  return next === undefined || next === '' ? trail : [...trail, next];
}

export function back(trail: Trail): Trail {
  return trail.length > 1 ? trail.slice(0, -1) : FIRST_PAGE;
}

/** Follows the cursor until the list ends or {@code itemsLimit} is reached; a cursor seen twice ends it too. */
export async function collect<T>(list: Lister<T>, itemsLimit: number, signal?: AbortSignal): Promise<T[]> {
  const items: T[] = [];
  const seen = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await list({ limit: Math.min(200, itemsLimit - items.length), cursor, ...(signal && { signal }) });
    items.push(...page.items);
    cursor = page.next ?? undefined;
    if (cursor === undefined || cursor === '' || seen.has(cursor)) {
      break;
    }
    seen.add(cursor);
  } while (items.length < itemsLimit);
  return items.slice(0, itemsLimit);
}
