/** `npm run size`: what each entry of the built package weighs, and whether that is within its budget. */
import { libraryEntrySizes, MAX_GZIP } from './entrySizes.js';

for (const { name, minified, gzip } of await libraryEntrySizes()) {
  const budget = MAX_GZIP[name]!;
  const isOver = gzip > budget;
  console.log(`${name}: ${minified} bytes minified, ${gzip} gzip, budget ${budget}${isOver ? ': OVER BUDGET' : ''}`);
  if (isOver) process.exitCode = 1;
}
