// How much room there is. Widths are counted in the person's text size, so that 200 % text gets the narrow form.
import { preferences } from './preferences.svelte';

let width = $state(typeof window === 'undefined' ? 1440 : window.innerWidth);

/** The timeline's drawer in a narrow window. */
let drawer = $state(false);

export const layout = {
	/** At most 900 px of ordinary text: the timeline becomes a drawer. */
	get narrow() {
		return this.room <= 900;
	},
	/** Little room: the rail shows symbols only. */
	get tight() {
		return this.room <= 760;
	},
	get room() {
		return width / (preferences.textSize / 100);
	},
	get rail() {
		return preferences.rail && !this.tight;
	},
	get drawer() {
		return drawer;
	},
	set drawer(open: boolean) {
		drawer = open;
	},
	resized(to: number) {
		width = to;
		if (!this.narrow) drawer = false;
	}
};
