"""What can go wrong with the engines.

EngineError         one sentence a person can act on
└── ProgramMissing  a program is not installed
"""


class EngineError(Exception):
    pass


class ProgramMissing(EngineError):
    def __init__(self, program: str) -> None:
        self.program = program
        super().__init__(f"The program {program} is not installed: run `infra/services/services install` first.")
