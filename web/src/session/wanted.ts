// The page that was asked for when a sign-in at the provider began. Whoever comes back refused stands
// at /sign-in?error=… and goes there once another try, or a token, lets them in.
const place = 'wanted';

export function rememberWanted(path: string) {
  sessionStorage.setItem(place, path);
}

// Where a sign-in from the page at this path and query leads to.
export function wantedFrom(path: string, query: string): string {
  if (path !== '/sign-in') return query ? `${path}?${query}` : path;
  const refused = new URLSearchParams(query).has('error');
  return (refused && sessionStorage.getItem(place)) || '/';
}
