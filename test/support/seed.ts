/**
 * Property tests try the same cases in every run, so that a failure is about the change at hand. New
 * cases are hunted with NATMAP_SEED=random, or any number.
 */
import fc from 'fast-check';

const usual = 20_261_124;

const { NATMAP_SEED: asked, NATMAP_QUICK: quick } = process.env;

fc.configureGlobal({
  seed: asked === 'random' ? Date.now() & 0x7fffffff : Number(asked ?? usual),
  ...(quick === '1' && { interruptAfterTimeLimit: 150 }),
});
