import type { ComponentChildren, Key } from 'preact';
import type { Paged } from '../hooks';
import { back, FIRST_PAGE, forward } from '../pages';
import { Loading, ProblemBox } from './basics';

export interface Column<T> {
  head: string;
  cell: (row: T) => ComponentChildren;
  /** Figures stand to the right, so that their digits line up. */
  number?: boolean;
}

interface TableProps<T> {
  caption: string;
  /** Only screen readers hear the caption, where a heading already says it. */
  captionHidden?: boolean;
  columns: Column<T>[];
  rows: readonly T[];
  keyOf: (row: T) => Key;
  empty: string;
}

/**
 * The first cell of a row is its header. On narrow screens each row becomes a block with named fields; the roles are
 * written out because a table that is not laid out as one loses them.
 */
export function Table<T>({ caption, captionHidden = true, columns, rows, keyOf, empty }: TableProps<T>) {
  if (rows.length === 0) {
    return <p class="empty">{empty}</p>;
  }
  return (
    <div class="scroll">
      <table role="table">
        <caption class={captionHidden ? 'unseen' : ''}>{caption}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((column) => (
              <th key={column.head} role="columnheader" scope="col" class={column.number ? 'number' : ''}>
                {column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => (
            <tr key={keyOf(row)} role="row">
              {columns.map((column, at) =>
                at === 0 ? (
                  <th key={column.head} role="rowheader" scope="row">
                    {column.cell(row)}
                  </th>
                ) : (
                  <td
                    key={column.head}
                    role="cell"
                    class={column.number ? 'number' : ''}
                    data-head={column.head}
                  >
                    <div>{column.cell(row)}</div>
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

type PagedTableProps<T> = Omit<TableProps<T>, 'rows'> & { paged: Paged<T> };

export function PagedTable<T>({ paged, ...table }: PagedTableProps<T>) {
  const { data, problem, loading, trail, next, go, refetch } = paged;
  const more = next !== undefined && next !== '';
  return (
    <>
      <ProblemBox problem={problem} retry={trail.length > 1 ? () => go(FIRST_PAGE) : refetch} />
      <Loading when={loading} />
      {data && <Table {...table} rows={data} />}
      {(more || trail.length > 1) && (
        <nav class="pager" aria-label={`Pages of ${table.caption.toLowerCase()}`}>
          <button type="button" disabled={trail.length === 1} onClick={() => go(back(trail))}>
            Previous
          </button>
          <span aria-live="polite">Page {trail.length}</span>
          <button type="button" disabled={!more} onClick={() => go(forward(trail, next))}>
            Next
          </button>
        </nav>
      )}
    </>
  );
}
