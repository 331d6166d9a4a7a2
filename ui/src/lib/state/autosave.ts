// Saving by the keystroke: the pure part, without the host and without the page.

/**
 * Sends the newest value of one field. The first unsaved keystroke starts a clock that later ones do not set back,
 * so that steady typing is saved all the while; at most one value is on its way; the last one is always sent.
 */
export class Autosave<T> {
	#send: (value: T) => Promise<void>;
	#wait: number;
	#next: { value: T } | null = null;
	#timer: ReturnType<typeof setTimeout> | null = null;
	#running: Promise<void> | null = null;
	#held = false;

	/** `wait`: milliseconds between a keystroke and its sending, when nothing is on its way. */
	constructor(send: (value: T) => Promise<void>, wait = 80) {
		this.#send = send;
		this.#wait = wait;
	}

	/** Something is typed and not yet answered as saved. */
	get unsaved(): boolean {
		return this.#next !== null || this.#running !== null;
	}

	/** A value newer than the one on its way, or one that is held, is still to be sent. */
	get waiting(): boolean {
		return this.#next !== null;
	}

	push(value: T): void {
		this.#next = { value };
		if (this.#timer === null && this.#running === null && !this.#held) {
			this.#timer = setTimeout(() => void this.flush(), this.#wait);
		}
	}

	/** Sends what is waiting, now; answers when all of it is answered, or the first refusal came. */
	async flush(): Promise<void> {
		this.#clear();
		if (this.#held) return;
		this.#running ??= this.#drain();
		await this.#running;
	}

	/** Keeps the typed value without sending it: the store refuses, the person decides. */
	hold(value: T): void {
		this.#clear();
		this.#held = true;
		this.#next ??= { value };
	}

	/** Sends again what was held. */
	async release(): Promise<void> {
		this.#held = false;
		await this.flush();
	}

	/** Lets go of what was held: the person took the other text. */
	drop(): void {
		this.#clear();
		this.#held = false;
		this.#next = null;
	}

	async #drain(): Promise<void> {
		// The first step is taken after the caller has noted that this runs.
		await Promise.resolve();
		try {
			while (this.#next && !this.#held) {
				const { value } = this.#next;
				this.#next = null;
				await this.#send(value);
			}
		} finally {
			this.#running = null;
		}
	}

	#clear(): void {
		if (this.#timer !== null) clearTimeout(this.#timer);
		this.#timer = null;
	}
}
