const TOKEN = 'fleetwright.token';
const THEME = 'fleetwright.theme';

export type Theme = 'auto' | 'light' | 'dark';

/** The API token lives as long as the tab, and is never put into an address or a cookie. */
export const session = {
  token: (): string => sessionStorage.getItem(TOKEN) ?? '',
  keep: (token: string): void => sessionStorage.setItem(TOKEN, token),
  forget: (): void => sessionStorage.removeItem(TOKEN),
};

export function theme(): Theme {
  const kept = localStorage.getItem(THEME);
  return kept === 'light' || kept === 'dark' ? kept : 'auto';
}

/** Puts the theme on the root element; "auto" leaves it to the system's preference. */
export function applyTheme(next: Theme): void {
  if (next === 'auto') {
    localStorage.removeItem(THEME);
    delete document.documentElement.dataset.theme;
  } else {
    localStorage.setItem(THEME, next);
    document.documentElement.dataset.theme = next;
  }
  window.dispatchEvent(new Event('fleetwright:theme'));
}
