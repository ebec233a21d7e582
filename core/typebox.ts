/**
 * TypeBox, of which the build makes this one file: as 370 modules it took each process a tenth of a second and 18 MiB,
 * and every command and every plugin is a process of its own.
 */
export * from 'typebox';
export { default } from 'typebox';
