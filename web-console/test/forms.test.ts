import { describe, expect, it } from 'vitest';
import archive from '../../edge-agent/agent/src/main/assembly/archive.xml?raw';
import content from '../../edge-agent/agent/src/main/assembly/content.xml?raw';
import { agentUrlOf, installCommands, isLoopback, quoted, sha256Of } from '../src/install';
import { columnsOf, summarise } from '../src/summary';
import { parsePercent, parseWaves } from '../src/waves';

describe('rollout form', () => {
  it('reads waves', () => {
    expect(parseWaves('25, 100')).toEqual({ value: [25, 100] });
    expect(parseWaves(' 1 10,50  100 ')).toEqual({ value: [1, 10, 50, 100] });
  });

  it('says which wave is wrong and what was allowed', () => {
    expect(parseWaves('')).toEqual({ error: 'waves: give 1 to 20 percentages' });
    expect(parseWaves('25, 50')).toEqual({ error: 'waves: the last one is 50, it must be 100' });
    expect(parseWaves('50, 50, 100')).toHaveProperty('error', expect.stringContaining('"50" must be'));
    for (const text of ['0, 100', '-1, 100', '2.5, 100', 'x, 100', '100, 101']) {
      expect(parseWaves(text), text).toHaveProperty('error');
    }
    const twentyOne = Array.from({ length: 20 }, (_, at) => at + 1).join() + ',100';
    expect(parseWaves(twentyOne)).toHaveProperty('error');
  });

  it('reads a percentage that may be left out', () => {
    expect(parsePercent(' ')).toEqual({ value: undefined });
    expect(parsePercent('92.5')).toEqual({ value: 0.925 });
    for (const text of ['-1', '101', 'x', 'Infinity']) {
      expect(parsePercent(text), text).toHaveProperty('error');
    }
  });
});

describe('install commands', () => {
  const hex = 'a'.repeat(64);

  it('check the archive against the digest that the console read', () => {
    const lines = installCommands({ origin: 'http://ctl:8080', agentUrl: 'https://ctl:8443', token: 't.1', sha256: hex });
    expect(lines).toEqual([
      'curl -fsSLO http://ctl:8080/install/agent.tar.gz &&',
      `echo '${hex}  agent.tar.gz' | sha256sum -c - &&`,
      'tar -xzf agent.tar.gz &&',
      './fleetwright-agent/fleetwright-agent --controller https://ctl:8443 --token t.1 --data ./agent-data',
    ]);
  });

  it('start the script where the archive puts it', () => {
    const folder = /<baseDirectory>([^<]+)</.exec(archive)?.[1];
    expect(content).toMatch(/<directory>src\/main\/dist<\/directory>\s*<outputDirectory>\.<\/outputDirectory>/);
    const [script] = Object.keys(import.meta.glob('../../edge-agent/agent/src/main/dist/*'));
    const lines = installCommands({ origin: 'http://c', agentUrl: 'https://c', token: 't', sha256: hex });
    expect(lines.at(-1)?.split(' ')[0]).toBe(`./${folder}/${script?.split('/').at(-1)}`);
  });

  it('fetch the digest on the board when the console could not', () => {
    const lines = installCommands({ origin: 'http://c', agentUrl: 'https://c', token: 't', sha256: undefined });
    expect(lines.slice(1, 3)).toEqual([
      'curl -fsSLO http://c/install/agent.tar.gz.sha256 &&',
      'sha256sum -c agent.tar.gz.sha256 &&',
    ]);
  });

  it('quote what a shell would read', () => {
    expect(quoted("a'; rm -rf /")).toBe("'a'\\''; rm -rf /'");
    expect(quoted('')).toBe("''");
  });

  it('guess the address of the agents, and read checksum files', () => {
    expect(agentUrlOf({ protocol: 'http:', hostname: 'ctl', port: '8080' })).toBe('https://ctl:8443');
    expect(agentUrlOf({ protocol: 'https:', hostname: 'ctl', port: '' })).toBe('https://ctl:806');
    expect(['localhost', '127.0.0.1', '[::1]', 'ctl', '10.0.0.1'].map(isLoopback)).toEqual([true, true, true, false, false]);
    expect(sha256Of(`${hex}  agent.tar.gz\n`)).toBe(hex);
    expect(sha256Of('<!doctype html>')).toBeUndefined();
  });
});

describe('chart', () => {
  it('says its figures as text', () => {
    const points: [number, number, number | null][] = [
      [1_000, 3, null],
      [2_000, 1, null],
      [3_000, 2, 0.5],
    ];
    expect(summarise({ metric: 'm', unit: 'mJ', modelled: true, points })).toEqual({
      points: 3,
      latest: '2.00 ± 0.50 mJ',
      median: '2 mJ',
      least: '1 mJ',
      most: '3 mJ',
    });
    expect(summarise({ metric: 'm', unit: 'ms', modelled: false, points: [] })).toBeUndefined();
  });

  it('draws a band where the uncertainty is known, never below zero', () => {
    expect(columnsOf([[1_000, 3, null], [2_000, 1, 2]])).toEqual({
      seconds: [1, 2],
      values: [3, 1],
      low: [null, 0],
      high: [null, 3],
    });
  });
});
