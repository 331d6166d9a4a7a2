import type { Span } from '../types';

/** Words that went and came, by the longest common run of words. For texts of some hundred words. */
export function wordDiff(before: string, after: string): Span[] {
	const a = before.match(/\s+|[^\s]+/g) ?? [];
	const b = after.match(/\s+|[^\s]+/g) ?? [];
	const lengths = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
	for (let i = a.length - 1; i >= 0; i--) {
		for (let j = b.length - 1; j >= 0; j--) {
			lengths[i]![j] =
				a[i] === b[j] ? lengths[i + 1]![j + 1]! + 1 : Math.max(lengths[i + 1]![j]!, lengths[i]![j + 1]!);
		}
	}
	const spans: Span[] = [];
	const add = (kind: Span['kind'], text: string) => {
		const last = spans[spans.length - 1];
		if (last?.kind === kind) last.text += text;
		else spans.push({ kind, text });
	};
	let i = 0;
	let j = 0;
	while (i < a.length || j < b.length) {
		if (i < a.length && j < b.length && a[i] === b[j]) {
			add('same', a[i]!);
			i += 1;
			j += 1;
		} else if (i < a.length && (j === b.length || lengths[i + 1]![j]! >= lengths[i]![j + 1]!)) {
			add('removed', a[i]!);
			i += 1;
		} else {
			add('added', b[j]!);
			j += 1;
		}
	}
	return spans;
}
