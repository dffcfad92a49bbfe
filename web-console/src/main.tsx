import { render } from 'preact';
import { Api } from './api';
import { App, type Entrance } from './app';
import { cameBack, setupTokenOf } from './router';
import { applyTheme, theme } from './session';
import './style.css';

applyTheme(theme());

const setupToken = setupTokenOf(location.hash);
let entrance: Entrance | undefined;
if (setupToken !== undefined) {
  // Out of the address bar and the history before anything else happens.
  history.replaceState(null, '', `${location.pathname}${location.search}#/`);
  entrance = () => Api.setup(setupToken);
} else if (cameBack(location.search)) {
  history.replaceState(null, '', `${location.pathname}#/`);
  entrance = () => Api.signIn();
}

render(<App entrance={entrance} />, document.getElementById('app') as HTMLElement);
