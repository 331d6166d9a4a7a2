// The window's clock for words like “5 min”: it goes on by the half minute.
let now = $state.raw(new Date());

export const ticking = {
	get now() {
		return now;
	}
};

/** Starts the clock; answers how to stop it. */
export function startTicking(): () => void {
	const timer = setInterval(() => (now = new Date()), 30_000);
	return () => clearInterval(timer);
}
