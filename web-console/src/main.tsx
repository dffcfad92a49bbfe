import { render } from 'preact';
import { App } from './app';
import { setupTokenOf } from './router';
import { applyTheme, theme } from './session';
import './style.css';

applyTheme(theme());

const setupToken = setupTokenOf(location.hash);
if (setupToken !== undefined) {
  // Out of the address bar and the history before anything else happens.
  history.replaceState(null, '', `${location.pathname}${location.search}#/`);
}

render(<App setupToken={setupToken} />, document.getElementById('app') as HTMLElement);
