/** Ids and hashes of the in-memory host: the same in every run, so that pictures can be compared. */
let count = 0;

export function nextId(kind: string): string {
	count += 1;
	return `${kind}-${String(count).padStart(4, '0')}`;
}

/** A UUID-shaped key that depends only on its number. */
export function keyOf(number: number): string {
	const tail = hashOf(`key${number}`).slice(0, 12);
	return `0193${hashOf(`k${number}`).slice(0, 4)}-${hashOf(`a${number}`).slice(0, 4)}-7${hashOf(`b${number}`).slice(0, 3)}-9${hashOf(`c${number}`).slice(0, 3)}-${tail}`;
}

/** 64 hexadecimal digits out of a word: not SHA-256, only as long. */
export function hashOf(word: string): string {
	let state = 2166136261;
	let out = '';
	for (let round = 0; out.length < 64; round++) {
		for (const letter of `${word}${round}`) {
			state = Math.imul(state ^ letter.charCodeAt(0), 16777619) >>> 0;
		}
		out += state.toString(16).padStart(8, '0');
	}
	return out.slice(0, 64);
}

export const now = () => new Date();
export const before = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

/** The rule set of the studio and the inventory alike, as they write it. */
export const ruleSet = `sha256:${hashOf('rule set')}`;
