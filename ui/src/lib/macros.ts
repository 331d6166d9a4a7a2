/** A run of text, or a macro as cards write it: `{{user}}`, `<START>`. Macros are shown apart and never changed. */
export interface Piece {
	text: string;
	macro: boolean;
}

const macro = /\{\{[^{}\n]{1,200}\}\}|<(?:USER|BOT|CHAR|START)>/gi;

/** The text in pieces; joined they give it back exactly. */
export function pieces(text: string): Piece[] {
	const found: Piece[] = [];
	let from = 0;
	for (const match of text.matchAll(macro)) {
		if (match.index > from) found.push({ text: text.slice(from, match.index), macro: false });
		found.push({ text: match[0], macro: true });
		from = match.index + match[0].length;
	}
	if (from < text.length) found.push({ text: text.slice(from), macro: false });
	return found;
}
