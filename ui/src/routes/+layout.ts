// The window is one page: nothing is rendered ahead, everything comes from the host.
export const ssr = false;
export const prerender = false;
