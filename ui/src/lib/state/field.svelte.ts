import type { Field, FieldEdit, Saved } from '../types';
import { toHostError, type HostError } from '../host';
import { Autosave } from './autosave';

/** What one field of the editor holds: the typed text, which no refresh may overwrite until it is saved. */
export class FieldBuffer {
	readonly key: string;
	text = $state('');
	items = $state.raw<string[]>([]);
	tokens = $state(0);
	/** Typed and not yet answered as saved. */
	unsaved = $state(false);
	problem = $state.raw<HostError | null>(null);
	/** The other window's text, when both changed this field. */
	theirs = $state.raw<Field | null>(null);
	/**
	 * The revision this field's text stands on. Each field has its own: a save of another field may carry the draft
	 * past a change of this one that was never seen here, and that must be refused, not overwritten.
	 */
	revision = 0;
	/** Counts the keystrokes, so that an answer older than the last one is known as such. */
	typed = 0;
	#autosave: Autosave<FieldEdit>;
	#kind: Field['kind'];

	constructor(
		field: Field,
		revision: number,
		send: (revision: number, edit: FieldEdit) => Promise<Saved>,
		answered: (buffer: FieldBuffer, saved: Saved | null) => void
	) {
		this.key = field.key;
		this.#kind = field.kind;
		this.#autosave = new Autosave(async (edit) => {
			try {
				const saved = await send(this.revision, edit);
				this.revision = saved.revision;
				this.tokens = saved.field_tokens;
				this.problem = null;
				this.unsaved = this.#autosave.waiting;
				answered(this, saved);
			} catch (thrown) {
				this.#autosave.hold(edit);
				this.problem = toHostError(thrown);
				answered(this, null);
			}
		});
		this.take(field, revision);
	}

	/** Two windows changed this field: nothing is sent until the person has chosen. */
	get conflict(): boolean {
		return this.problem?.code === 'edit_conflict';
	}

	type(text: string): void {
		this.text = text;
		this.#changed({ kind: 'text', field: this.key, text });
	}

	arrange(items: string[]): void {
		this.items = items;
		this.#changed({ kind: 'list', field: this.key, items });
	}

	/** Takes the host's text. Only for a field with nothing unsaved. */
	take(field: Field, revision: number): void {
		if (this.text !== field.text) this.text = field.text;
		if (!sameItems(this.items, field.items)) this.items = field.items;
		this.tokens = field.tokens;
		this.revision = revision;
	}

	flush(): Promise<void> {
		return this.#autosave.flush();
	}

	/** Sends again what was refused. */
	retry(): Promise<void> {
		return this.#autosave.release();
	}

	/** After a conflict: mine, on top of the other window's revision. */
	keepMine(revision: number): Promise<void> {
		this.revision = revision;
		this.theirs = null;
		return this.#autosave.release();
	}

	/** After a conflict: the other window's text; mine is let go. */
	takeTheirs(field: Field, revision: number): void {
		this.#autosave.drop();
		this.unsaved = false;
		this.problem = null;
		this.theirs = null;
		this.take(field, revision);
	}

	/** The text as a person would copy it. */
	get copy(): string {
		return this.#kind === 'list' ? this.items.join('\n\n') : this.text;
	}

	#changed(edit: FieldEdit): void {
		this.typed += 1;
		this.unsaved = true;
		this.#autosave.push(edit);
	}
}

function sameItems(a: string[], b: string[]): boolean {
	return a.length === b.length && a.every((item, at) => item === b[at]);
}
