import type { Span } from './types';

/** A span as it is shown: unchanged text may stand folded, saying how much is hidden. */
export interface Shown {
	kind: Span['kind'] | 'fold';
	text: string;
}

/** How much unchanged text stays around a change, and how much at least is worth folding, in characters. */
const around = 120;
const worth = 320;

/** Folds long unchanged text to its ends beside the changes, cut between words. */
export function fold(spans: Shown[]): Shown[] {
	return spans.flatMap((span, at): Shown[] => {
		if (span.kind !== 'same' || span.text.length < worth) return [span];
		const first = at === 0;
		const last = at === spans.length - 1;
		if (first && last) return [span];
		const head = first ? '' : span.text.slice(0, wordEnd(span.text, around));
		const tail = last ? '' : span.text.slice(wordStart(span.text, span.text.length - around));
		const hidden = span.text.slice(head.length, span.text.length - tail.length);
		const count = hidden.split(/\s+/).filter(Boolean).length;
		const folded: Shown = { kind: 'fold', text: `${count} unchanged ${count === 1 ? 'word' : 'words'}` };
		return [{ kind: 'same' as const, text: head }, folded, { kind: 'same' as const, text: tail }].filter(
			(one) => one.text !== ''
		);
	});
}

/** One side of a comparison: the unchanged and what is only there. */
export function sideOf(spans: Span[], only: 'removed' | 'added'): Span[] {
	return spans.filter((span) => span.kind === 'same' || span.kind === only);
}

function wordEnd(text: string, from: number): number {
	const next = text.slice(from).search(/\s/);
	return next < 0 || next > 40 ? from : from + next;
}

function wordStart(text: string, to: number): number {
	const before = text.slice(0, to).search(/\s\S*$/);
	return before < 0 || to - before > 40 ? to : before + 1;
}
