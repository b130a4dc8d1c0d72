/** Says something to those who listen to the page instead of looking at it. */
export function announce(text: string): void {
  const region = document.getElementById('announcer')
  if (region !== null) region.textContent = text
}
