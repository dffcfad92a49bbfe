const WAVES_MAX = 20;

export type Parsed<T> = { value: T } | { error: string };

/** Growing cumulative percentages that end with 100, such as "10, 50, 100". */
export function parseWaves(text: string): Parsed<number[]> {
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  const waves = words.map(Number);
  if (waves.length === 0 || waves.length > WAVES_MAX) {
    return { error: `waves: give 1 to ${WAVES_MAX} percentages` };
  }
  let before = 0;
  for (const [at, wave] of waves.entries()) {
    if (!Number.isInteger(wave) || wave <= before || wave > 100) {
      return { error: `waves: "${words[at]}" must be a whole percentage above ${before} and at most 100` };
    }
    before = wave;
  }
  return before === 100 ? { value: waves } : { error: `waves: the last one is ${before}, it must be 100` };
}

/** A percentage that may be left out. */
export function parsePercent(text: string): Parsed<number | undefined> {
  const word = text.trim();
  if (word === '') {
    return { value: undefined };
  }
  const value = Number(word);
  return Number.isFinite(value) && value >= 0 && value <= 100
    ? { value: value / 100 }
    : { error: `least accuracy: "${word}" must be between 0 and 100` };
}
