/**
 * What an error says to a log and to nobody else: the arguments of `new …Error(…)`, apart from the
 * code of an ApiError, which is its first. A caller sees codes.
 */
const ignorer = {
  shouldIgnore(path) {
    const call = path.findParent((parent) => parent.isNewExpression());
    if (call === null || !/Error$|^KeysUnavailable$|^JWTInvalid$/.test(nameOf(call.node.callee)))
      return undefined;
    const argument = path.find((each) => each.parentPath === call && each.listKey === "arguments");
    if (argument === null) return undefined;
    if (nameOf(call.node.callee) === "ApiError" && argument.key === 0) return undefined;
    return "only the text of an error changes";
  },
};

const nameOf = (callee) => callee.property?.name ?? callee.name ?? "";

/** Where Stryker looks for it. */
export const strykerPlugins = [{ kind: "Ignore", name: "error-texts", value: ignorer }];
