"""The usual causes of PyTorch's errors, and the next step: rows like those of `python_errors`, and before them."""

from __future__ import annotations

from autograder.checks.python_errors import Known

_MODULE_INIT = "Begin `__init__` with `super().__init__()`: a module can't hold layers before that."
_SINGLE = "It is a single number, without elements: is it averaged, summed or made a Python number too early?"
_NUMBER = "It is a plain Python number, no tensor: is there an `.item()` or `float()` too early?"
_ONE_KIND = "Two kinds of numbers meet: make all of them float32, with `.float()` where a tensor is made."
_IN_PLACE = "A tensor that needs gradients is changed in place: put the update inside `with torch.no_grad():`."

TORCH_ERRORS = (
    # Shapes
    Known(
        "RuntimeError",
        "shapes cannot be multiplied|^size mismatch",
        "In `a @ b`, a needs as many columns as b has rows: check the order, and the shape of each.",
    ),
    Known(
        "RuntimeError",
        "must match the size of tensor|expects each tensor to be equal size|must match except in dimension",
        "Element by element, sizes must be the same: check the shape of each, and whether `@` is meant.",
    ),
    Known(
        "RuntimeError",
        "1D tensors expected|must be a matrix|matrix @ vector expected|must be matrices",
        "That product is not for tensors of these dimensions: `@` multiplies matrices.",
    ),
    Known(
        "ValueError",
        "target size",
        "Both need the same shape: leave out the `squeeze` or `reshape` that only one of them has.",
    ),
    Known(
        "RuntimeError",
        "is invalid for input of size",
        "A reshape keeps the number of elements: use the tensor's own sizes, such as `x.shape[0]`, or -1.",
    ),
    Known("IndexError", "Dimension out of range", "The tensor has no such dimension: 0 are its rows, 1 its columns."),
    Known("IndexError", "too many indices", "There are more indices in the brackets than the tensor has dimensions."),
    Known("IndexError", "0-dim", _SINGLE),
    Known(
        "IndexError", "out of (?:range|bounds)", "Counting starts at 0, and the last index is one less than the length."
    ),
    Known(
        "IndexError", "used as indices|valid indices", "An index is a whole number or a comparison, not a real number."
    ),
    # Gradients and numbers
    Known(
        "RuntimeError",
        r"Can't call numpy\(\)",
        "NumPy can't follow gradients: use functions of torch (`torch.exp`), or `.detach()` where none is needed.",
    ),
    Known(
        "RuntimeError|ValueError",
        "converted to Scalar|converted to Python scalars",
        "Only a tensor of one number becomes a Python number: is a `.mean()` missing, or `math` used for a tensor?",
    ),
    Known(
        "RuntimeError",
        r"(?:mean|std|var)\w*\(\): ",
        "True and False and whole numbers have no mean in torch: make real numbers of them first, with `.float()`.",
    ),
    Known(
        "RuntimeError",
        r"[Oo]nly Tensors of floating point",
        "Only real numbers have gradients: write 0.0 for 0, or use `.float()`.",
    ),
    Known("RuntimeError", r"leaf Variable that requires grad", _IN_PLACE),
    Known(
        "RuntimeError",
        "modified by an inplace operation",
        "What `backward` still needs was changed in place, as by `+=`: make a new tensor, or change it afterwards.",
    ),
    Known(
        "RuntimeError",
        "through the graph a second time",
        "Each `backward` needs a new cost: work it out anew in every round of the loop, from the present parameters.",
    ),
    Known(
        "RuntimeError",
        "does not require grad",
        "No gradient leads back from there: does each parameter have `requires_grad=True`, and is nothing on the way "
        "detached, as by `.item()` or `no_grad()`?",
    ),
    Known(
        "RuntimeError",
        "implicitly created only for scalar",
        "`backward` starts from one number: take the mean of the losses first.",
    ),
    Known(
        "RuntimeError|TypeError",
        "same dtype|Found dtype|expected scalar type|can't be cast to",
        _ONE_KIND,
    ),
    Known(
        "RuntimeError",
        "Boolean value of Tensor",
        "A loss like `nn.BCELoss` is made first and called afterwards: `nn.BCELoss()(h, y)`.",
        line=r"\bnn\.\w+Loss\((?!\))",
    ),
    Known(
        "RuntimeError|ValueError",
        "Boolean value of Tensor|truth value of an array",
        "`if`, `and`, `or` and `not` need one truth, and a tensor has many: compare without them, element by element.",
    ),
    Known(
        "RuntimeError",
        "between 0 and 1",
        "This loss needs probabilities first and labels second: is the sigmoid missing, or are the two swapped?",
    ),
    Known("RuntimeError", "bool tensor", "True and False can't be subtracted: make numbers of them with `.float()`."),
    Known("RuntimeError", r"super\(\): no arguments", "`super()` works in a method whose first parameter is `self`."),
    Known(
        "ValueError",
        "non-leaf Tensor",
        "An optimizer needs the tensors that were made with `requires_grad=True`, not what is computed from them.",
    ),
    Known(
        "ValueError",
        "empty parameter list",
        "The model has no parameters: is its layer kept in `__init__`, as `self.linear = …`?",
    ),
    Known(
        "NotImplementedError",
        "missing the required",
        "The class has no `forward`: is it misspelt, or indented so that it is outside the class?",
    ),
    Known("NotImplementedError", "not implemented for", "This does not work for this kind of numbers: try `.float()`."),
    # Modules, optimizers and calls
    Known("AttributeError", r"before Module\.__init__\(\) call", _MODULE_INIT),
    Known("AttributeError", r"has no attribute '_(?:modules|parameters|buffers|\w*hooks\w*)'", _MODULE_INIT),
    Known(
        "AttributeError",
        r"'(?:numpy\.)?(?:ndarray|float\d+|int\d+)' object has no attribute",
        "It is NumPy's and no tensor: use functions of torch all the way, without `.numpy()`.",
    ),
    Known(
        "ModuleNotFoundError", r"'torch\.", "PyTorch has no module of that name; `nn.Module` is a class of `torch.nn`."
    ),
    Known(
        "TypeError",
        r"\.__init__\(\) takes",
        "The first brackets take a layer's settings, and its data comes in brackets of its own: `nn.Sigmoid()(x)`.",
    ),
    Known(
        "TypeError",
        r"unexpected keyword argument '(?P<name>axis|out|dtype)'",
        "A function of NumPy is called with a tensor, or has no such parameter: use the one of torch.",
        line=r"\bnp\.",
    ),
    Known(
        "TypeError",
        "given to the optimizer",
        "An optimizer takes all its tensors at once: a list such as `[W, b]`, or `model.parameters()`.",
    ),
    Known(
        "TypeError",
        "must be Tensor, not (?:builtin_function_or_method|function|method)",
        "A function stands where its result should: are its brackets `()` missing?",
    ),
    Known("TypeError", "must be Tensor, not (?:float|int|bool)", _NUMBER),
    Known(
        "TypeError",
        "must be Tensor, not",
        "A function of torch is given something that is no tensor: leave out NumPy, or wrap it in `torch.tensor(…)`.",
    ),
    Known(
        "TypeError",
        "must be tuple of Tensors|expected Tensor as element",
        "Several tensors are joined as one list of tensors: `torch.cat([a, b])`.",
    ),
    Known("RuntimeError", "ZeroDivisionError", "Something is divided by 0: is a counter still 0, or a list empty?"),
)
