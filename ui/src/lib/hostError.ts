import type { IpcError } from './types';

/** What a command of the host answers when it cannot do what was asked. `message` is for people. */
export class HostError extends Error {
	readonly code: string;
	/** What is safe and what to do, a sentence each. */
	readonly hints: string[];

	constructor(from: IpcError) {
		super(from.message);
		this.name = 'HostError';
		this.code = from.code;
		this.hints = from.hints;
	}
}

/** Any thrown thing as a HostError, so that a view has one form of failure to show. */
export function toHostError(thrown: unknown): HostError {
	if (thrown instanceof HostError) return thrown;
	const detail = thrown instanceof Error ? thrown.message : String(thrown);
	return new HostError({
		code: 'window',
		message: 'Something in the window went wrong.',
		hints: ['What was saved is safe.', 'Try again; if it comes back, copy this message for support.', detail]
	});
}
