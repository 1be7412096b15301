/** The part of the package that is used here; it brings no types of its own. */
declare module "datapackage" {
  interface Report {
    readonly valid: boolean;
    readonly errors: readonly Error[];
  }
  const frictionless: { readonly validate: (descriptor: unknown) => Promise<Report> };
  export default frictionless;
}
