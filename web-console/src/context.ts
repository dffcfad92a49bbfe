import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Api } from './api';
import type { Live } from './live';
import type { Who } from './wire';

export interface Console {
  api: Api;
  live: Live;
  who: Who;
}

const Context = createContext<Console | undefined>(undefined);

export const ConsoleProvider = Context.Provider;

export function useConsole(): Console {
  const console = useContext(Context);
  if (!console) {
    throw new Error('a view was drawn outside a session');
  }
  return console;
}

/** The controller refuses the others anyway, this only spares them the buttons. */
export function mayChange(who: Who): boolean {
  return who.role === 'operator' || who.role === 'admin';
}

/** Who rolls out does not approve. */
export function mayApprove(who: Who): boolean {
  return who.role === 'approver' || who.role === 'admin';
}
