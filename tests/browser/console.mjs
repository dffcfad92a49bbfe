// Drives the console in Chromium and prints one JSON line per check: {"name", "ok", "detail"}.
// Arguments: base URL, setup token, API token (for requests beside the page), folder for screenshots, path of Chromium,
// address of the page where people sign in.
import { chromium } from 'playwright-core';

const [, , base, setupToken, apiToken, folder, executablePath, issuer] = process.argv;
const WAIT = 60_000;
const problems = [];

async function check(name, body) {
  try {
    await body();
    console.log(JSON.stringify({ name, ok: true, detail: '' }));
  } catch (error) {
    console.log(JSON.stringify({ name, ok: false, detail: String(error?.message ?? error).slice(0, 600) }));
  }
}

function must(condition, text) {
  if (!condition) {
    throw new Error(text);
  }
}

async function infer(device) {
  const response = await fetch(`${base}/v2/models/glyphs/infer`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${apiToken}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({
      inputs: [{ name: 'input', shape: [1, 32, 32, 1], datatype: 'INT8', data: new Array(1024).fill(0) }],
      parameters: { device, deadline_ms: 15000 },
    }),
  });
  must(response.status === 200, `infer on ${device}: ${response.status} ${await response.text()}`);
}

const browser = await chromium.launch({
  executablePath,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
  ],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 820 }, colorScheme: 'light' });
page.on('pageerror', (error) => problems.push(error.message));
page.on('console', (message) => {
  // A browser logs every refusal; the wrong query below is meant to be refused.
  if (message.type() === 'error' && !(message.text().includes('422') && message.location().url.includes('dryRun'))) {
    problems.push(`${message.text()} (${message.location().url})`);
  }
});
page.on('request', (request) => {
  if (!request.url().startsWith(base) && !request.url().startsWith('data:')) {
    problems.push(`request to the outside: ${request.url()}`);
  }
});

await check('a setup link signs in and leaves no token in the address', async () => {
  await page.goto(`${base}/#setup=${setupToken}`);
  await page.getByRole('heading', { name: 'Overview' }).waitFor({ timeout: WAIT });
  must(!page.url().includes(setupToken), `address is ${page.url()}`);
});

await check('the page has its landmarks and says that it is live', async () => {
  await page.getByRole('main').waitFor({ timeout: WAIT });
  await page.getByRole('navigation').first().waitFor({ timeout: WAIT });
  await page.getByText('Live', { exact: false }).first().waitFor({ timeout: WAIT });
});

await check('the navigation works with the keyboard alone and shows the focus', async () => {
  const link = page.getByRole('navigation').first().getByRole('link', { name: 'Nodes' });
  for (let i = 0; i < 20; i++) {
    await page.keyboard.press('Tab');
    if (await link.evaluate((element) => element === document.activeElement)) {
      break;
    }
  }
  must(await link.evaluate((element) => element === document.activeElement), 'Tab never reached the Nodes link');
  const outline = await link.evaluate((element) => getComputedStyle(element).outlineStyle + getComputedStyle(element).boxShadow);
  must(outline !== 'nonenone', 'the focused link looks like any other');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Nodes' }).waitFor({ timeout: WAIT });
});

await check('nodes show their state in words', async () => {
  await page.getByRole('link', { name: 'drone' }).first().waitFor({ timeout: WAIT });
  await page.getByText('online').first().waitFor({ timeout: WAIT });
});

await check('a node has latency and energy charts, marked as modelled', async () => {
  await infer('drone/gap9');
  await page.goto(`${base}/#/nodes/drone`);
  await page.getByText('modelled').first().waitFor({ timeout: WAIT });
  await page.locator('canvas').nth(1).waitFor({ timeout: WAIT });
  await page.getByText(/points? in/).first().waitFor({ timeout: WAIT });
});

await check('a chart grows while it is looked at, without a reload', async () => {
  await page.goto(`${base}/#/nodes/drone`);
  const summary = page.getByText(/points? in/).first();
  await summary.waitFor({ timeout: WAIT });
  const before = await summary.textContent();
  for (let i = 0; i < 3; i++) {
    await infer('drone/gap9');
  }
  const until = Date.now() + WAIT;
  while ((await summary.textContent()) === before) {
    must(Date.now() < until, `the chart still says: ${before}`);
    await page.waitForTimeout(100);
  }
});

await check('a real board is not marked as modelled, and its unknown energy is not a number', async () => {
  await infer('board/cpu0');
  await page.goto(`${base}/#/nodes/board`);
  await page.getByText('cpu0').first().waitFor({ timeout: WAIT });
  const text = await page.getByRole('main').innerText();
  must(!/\b0(\.0+)? ?[mµ]?J\b/.test(text), 'an energy of 0 is shown');
});

await check('layers of what runs are shown where they were timed, and otherwise what plans do', async () => {
  await page.goto(`${base}/#/nodes/drone`);
  await page.getByRole('button', { name: 'Layers of glyphs' }).click();
  await page.getByText('published figure of the whole network').waitFor({ timeout: WAIT });
  await page.goto(`${base}/#/nodes/board`);
  await page.getByRole('button', { name: 'Layers of glyphs' }).click();
  await page.getByText(/The board has (timed these layers|not timed its layers yet)/).waitFor({ timeout: WAIT });
});

await check('models show accuracy with its interval', async () => {
  await page.goto(`${base}/#/models/glyphs`);
  await page.getByText('w1.0-int8').first().waitFor({ timeout: WAIT });
  const text = await page.getByRole('main').innerText();
  must(/\d+(\.\d+)? ?%/.test(text), 'no percentage on the model page');
});

await check('a rollout shows its targets', async () => {
  await page.goto(`${base}/#/rollouts`);
  await page.getByRole('main').getByRole('link', { name: /glyphs/ }).first().click();
  await page.getByText('stm32l4r5').first().waitFor({ timeout: WAIT });
  await page.getByText('succeeded').first().waitFor({ timeout: WAIT });
});

await check('a new rollout is looked at before it starts, and a wrong query says where', async () => {
  await page.goto(`${base}/#/rollouts/new/glyphs/1.0.0`);
  await page.getByLabel('Query').fill('node==drone;site=');
  await page.getByRole('button', { name: 'Review' }).click();
  await page.getByRole('alert').filter({ hasText: 'column' }).waitFor({ timeout: WAIT });
  await page.getByLabel('Query').fill('node==drone');
  await page.getByRole('button', { name: 'Review' }).click();
  await page.getByText('1 of 1 matched devices').waitFor({ timeout: WAIT });
  await page.screenshot({ path: `${folder}/rollout-review.png`, fullPage: true });
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await page.getByRole('heading', { name: 'glyphs 1.0.0' }).waitFor({ timeout: WAIT });
  await page.locator('.heading').getByText('succeeded').waitFor({ timeout: WAIT });
});

await check('a waiting rollout says why, and is aborted by two clicks', async () => {
  const made = await fetch(`${base}/api/v1/rollouts`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${apiToken}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({
      model: 'glyphs',
      version: '1.0.0',
      selector: { q: 'node==mcu' },
      policy: { startAt: new Date(Date.now() + 3_600_000).toISOString() },
      allowUnapproved: true,
    }),
  });
  const { rollout, detail } = await made.json();
  must(made.status === 201, `${made.status} ${detail}`);
  await page.goto(`${base}/#/rollouts/${rollout}`);
  await page.getByRole('button', { name: 'Why?' }).click();
  await page.getByText('start-time').waitFor({ timeout: WAIT });
  await page.getByRole('button', { name: 'Abort' }).click();
  await page.screenshot({ path: `${folder}/rollout.png`, fullPage: true });
  await page.getByRole('group', { name: 'Abort' }).getByRole('button', { name: 'Abort' }).click();
  await page.locator('.heading').getByText('aborted').waitFor({ timeout: WAIT });
});

await check('a job says why its device was chosen', async () => {
  await page.goto(`${base}/#/jobs`);
  await page.getByRole('main').getByRole('link', { name: /^j-/ }).first().click();
  await page.getByText(/why/i).first().waitFor({ timeout: WAIT });
  await page.getByText(/only[ -]possible|earliest[ -]finish/i).first().waitFor({ timeout: WAIT });
});

await check('a new job shows up in the open list by itself', async () => {
  await page.goto(`${base}/#/jobs`);
  const first = page.getByRole('main').getByRole('link', { name: /^j-/ }).first();
  await first.waitFor({ timeout: WAIT });
  const before = await first.textContent();
  await infer('mcu/stm32l4r5');
  await page.waitForFunction(
    (old) => {
      const link = [...document.querySelectorAll('main a')].find((a) => /^j-/.test(a.textContent));
      return link !== undefined && link.textContent !== old;
    },
    before,
    { timeout: WAIT },
  );
});

await check('a job of several tasks shows its graph, its times and what came out', async () => {
  const image = Buffer.alloc(1024).toString('base64');
  const headers = { Authorization: `Bearer ${apiToken}`, 'Content-Type': 'application/json' };
  const submitted = await fetch(`${base}/api/v1/graph-jobs`, {
    method: 'POST',
    headers,
    body: JSON.stringify({
      name: 'two-eyes',
      deadlineMs: 30000,
      inputs: { left: { shape: [1, 32, 32, 1], data: image }, right: { shape: [1, 32, 32, 1], data: image } },
      tasks: [
        { id: 'l', kind: 'model', model: 'glyphs', device: 'board/cpu0', inputs: ['input:left'] },
        { id: 'r', kind: 'model', model: 'glyphs', device: 'drone/gap9', inputs: ['input:right'] },
        { id: 'lc', kind: 'transform', transform: 'argmax', inputs: ['task:l'] },
        { id: 'rc', kind: 'transform', transform: 'argmax', inputs: ['task:r'] },
        { id: 'vote', kind: 'transform', transform: 'vote', inputs: ['task:lc', 'task:rc'] },
      ],
      outputs: ['vote'],
    }),
  });
  const answer = await submitted.text();
  must(submitted.status === 202, `submitted: ${submitted.status} ${answer}`);
  const { job } = JSON.parse(answer);
  await page.goto(`${base}/#/jobs`);
  await page.getByRole('link', { name: 'Jobs of several tasks' }).click();
  await page.getByRole('link', { name: job }).click();
  await page.locator('.heading').getByText('succeeded').waitFor({ timeout: WAIT });
  await page.getByRole('img', { name: 'Graph of 5 tasks' }).waitFor({ timeout: WAIT });
  must((await page.locator('.drawing .task').count()) === 5, 'not five boxes');
  must((await page.locator('.drawing .edge').count()) === 4, 'not four edges');
  must((await page.locator('.gantt .bar').count()) === 10, 'not a planned and a seen bar for each task');
  await page.locator('.gantt text.lane', { hasText: 'drone/gap9' }).first().waitFor({ timeout: WAIT });
  await page.getByText('int32[1]').waitFor({ timeout: WAIT });
  await page.screenshot({ path: `${folder}/graph-job.png`, fullPage: true });
});

await check('without a stream the page says how to make one', async () => {
  await page.goto(`${base}/#/streams`);
  await page.getByText(/No stream yet: stream create/).waitFor({ timeout: WAIT });
});

await check('a stream shows its plan, its windows and its answers, and stops by a button', async () => {
  const headers = { Authorization: `Bearer ${apiToken}`, 'Content-Type': 'application/json' };
  const created = await fetch(`${base}/api/v1/streams`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ model: 'glyphs', source: 'drone/gap9', sensor: 'camera', periodMs: 200, deadlineMs: 200, priority: 3 }),
  });
  const answer = await created.text();
  must(created.status === 201, `created: ${created.status} ${answer}`);
  await page.goto(`${base}/#/streams`);
  const link = page.getByRole('link', { name: 'glyphs of camera' });
  await link.waitFor({ timeout: WAIT });
  await link.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'glyphs at drone/gap9' }).waitFor({ timeout: WAIT });
  await page.getByRole('heading', { name: 'Plan 1, because of created' }).waitFor({ timeout: WAIT });
  must((await page.locator('dl.facts div', { hasText: 'Priority' }).locator('dd').textContent()) === '3', 'not its priority');
  await page.getByRole('rowheader', { name: 'alone' }).waitFor({ timeout: WAIT });
  await page.getByText('p50 of each window').first().waitFor({ timeout: WAIT });
  await page.locator('canvas').first().waitFor({ timeout: WAIT });
  const answers = page.getByRole('table', { name: 'Newest answers' });
  await answers.waitFor({ timeout: WAIT });
  must((await answers.getByRole('row').count()) > 1, 'no answer is shown');
  await page.screenshot({ path: `${folder}/stream.png`, fullPage: true });
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.locator('.heading').getByText('stopped').waitFor({ timeout: WAIT });
  await page.getByRole('button', { name: 'Stop' }).waitFor({ state: 'detached', timeout: WAIT });
});

await check('an enrolment token comes with the lines to type', async () => {
  await page.goto(`${base}/#/enrol`);
  await page.getByRole('button', { name: /token/i }).first().click();
  await page.getByText(/agent\.tar\.gz/).first().waitFor({ timeout: WAIT });
  await page.getByText(/fwe1\./).first().waitFor({ timeout: WAIT });
});

for (const scheme of ['light', 'dark']) {
  await check(`the overview in ${scheme} colours`, async () => {
    await page.emulateMedia({ colorScheme: scheme });
    await page.goto(`${base}/#/`);
    await page.getByRole('heading', { name: 'Overview' }).waitFor({ timeout: WAIT });
    const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const [red] = background.match(/\d+/g).map(Number);
    must(scheme === 'light' ? red > 200 : red < 60, `background is ${background}`);
    await page.screenshot({ path: `${folder}/overview-${scheme}.png` });
  });
}

await check('nothing scrolls sideways on a telephone', async () => {
  await page.setViewportSize({ width: 360, height: 740 });
  for (const place of ['#/', '#/nodes', '#/nodes/drone', '#/models', '#/rollouts', '#/jobs', '#/graph-jobs', '#/streams', '#/enrol']) {
    await page.goto(`${base}/${place}`);
    await page.getByRole('main').waitFor({ timeout: WAIT });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    must(wide <= 0, `${place} is ${wide} px too wide`);
  }
});

const visitor = await browser.newContext({ viewport: { width: 1280, height: 820 }, colorScheme: 'light' });

async function signInAs(tab, user) {
  await tab.goto(`${base}/`);
  await tab.getByRole('link', { name: `Sign in at ${new URL(issuer).host}` }).click();
  await tab.getByRole('link', { name: user }).click();
}

await check('who is an operator at the issuer signs in there, and is one here', async () => {
  const tab = await visitor.newPage();
  await tab.goto(`${base}/`);
  await tab.getByRole('link', { name: /Sign in at/ }).waitFor({ timeout: WAIT });
  await tab.screenshot({ path: `${folder}/sign-in.png` });
  await signInAs(tab, 'operator');
  await tab.getByRole('heading', { name: 'Overview' }).waitFor({ timeout: WAIT });
  must(new URL(tab.url()).search === '', `address is ${tab.url()}`);
  const token = await tab.evaluate(() => sessionStorage.getItem('fleetwright.token'));
  const who = await (await fetch(`${base}/api/v1/whoami`, { headers: { Authorization: `Bearer ${token}` } })).json();
  must(who.role === 'operator' && who.name === 'oidc:operator.at.work', JSON.stringify(who));
  const cookies = (await visitor.cookies()).filter((cookie) => cookie.name.startsWith('q_'));
  must(cookies.length === 0, `cookies stay: ${cookies.map((cookie) => cookie.name)}`);
  await tab.close();
});

await check('who has no role here is told so', async () => {
  const tab = await visitor.newPage();
  await signInAs(tab, 'guest');
  await tab.getByText(/names no role of this controller/).waitFor({ timeout: WAIT });
  const token = await tab.evaluate(() => sessionStorage.getItem('fleetwright.token'));
  must(token === null, 'a token was kept');
  await tab.close();
});

await check('no error in the browser log, and no request to the outside', async () => {
  must(problems.length === 0, problems.join(' | '));
});

await browser.close();
